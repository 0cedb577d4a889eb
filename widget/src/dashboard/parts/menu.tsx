// A button that opens a panel below it: choices, downloads, the account. Esc closes it and leaves focus on the button.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

interface Props {
  /** What stands on the button. */
  readonly label: ComponentChildren;
  /** Its name, where what stands on it does not say it. */
  readonly name?: string;
  readonly className?: string;
  /** Further class of the whole. */
  readonly place?: string;
  readonly children: (close: () => void) => ComponentChildren;
}

export function Menu({ label, name, className = "button", place = "", children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    const gone = new AbortController();
    const { signal } = gone;
    const isOutside = (target: EventTarget | null) => target instanceof Node && !root.current?.contains(target);
    document.addEventListener("pointerdown", ({ target }) => isOutside(target) && setOpen(false), { signal });
    document.addEventListener("focusin", ({ target }) => isOutside(target) && setOpen(false), { signal });
    root.current?.addEventListener("keydown", (event) => event.key === "Escape" && close(), { signal });
    return () => gone.abort();
  }, [isOpen]);

  return (
    <div class={`menu ${place}`} ref={root}>
      <button
        ref={button}
        type="button"
        class={className}
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={name}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      <div id={id} class="menu-panel" hidden={!isOpen}>
        {isOpen && children(close)}
      </div>
    </div>
  );
}
