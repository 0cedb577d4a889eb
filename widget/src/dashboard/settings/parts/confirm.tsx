// Asks again before something that cannot be taken back: the question takes focus, Esc and Cancel lead back.
import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../../desk";
import { words } from "../words";

interface Props {
  readonly question: string;
  /** What the button says that does it. */
  readonly label: string;
  readonly isBusy?: boolean;
  /** Something that takes away nothing, such as another role. */
  readonly isGentle?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

export function Confirm({ question, label, isBusy = false, isGentle = false, onConfirm, onCancel }: Props) {
  const say = useWords(words);
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    group.current?.focus();
    return () => {
      // What had focus is gone with the question: back to where it came from, or what is left of the section.
      queueMicrotask(() => {
        if (document.activeElement !== document.body) return;
        const isThere = before instanceof HTMLElement && before.isConnected;
        (isThere ? before : document.getElementById("set-heading"))?.focus();
      });
    };
  }, []);
  return (
    <div
      class="set-confirm"
      role="group"
      aria-label={question}
      tabIndex={-1}
      ref={group}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <p>{question}</p>
      <button
        type="button"
        class={isGentle ? "button-main" : "button-main set-danger"}
        disabled={isBusy}
        onClick={onConfirm}
      >
        {label}
      </button>
      <button type="button" class="button" onClick={onCancel}>
        {say("cancel")}
      </button>
    </div>
  );
}
