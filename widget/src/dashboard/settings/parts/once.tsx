// A secret that is shown once: to copy, with a word that it does not come again.
import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../../desk";
import { Code } from "../../parts/code";
import { words } from "../words";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly onDone: () => void;
}

export function Once({ title, text, onDone }: Props) {
  const say = useWords(words);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.focus();
    place.current?.scrollIntoView?.({ block: "nearest" });
  }, [text]);
  return (
    <div class="set-once" role="group" aria-label={title} tabIndex={-1} ref={place}>
      <Code title={title} text={text} />
      <p class="set-once-foot">
        <span>{say("onlyOnce")}</span>
        <button type="button" class="button" onClick={onDone}>
          {say("done")}
        </button>
      </p>
    </div>
  );
}
