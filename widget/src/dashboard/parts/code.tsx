// Text to copy: a frame with its name and a button.
import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../desk";
import { shared } from "../words";

export function Code({ title, text }: { readonly title: string; readonly text: string }) {
  const say = useWords(shared);
  const [done, setDone] = useState<"copied" | "copyByHand">();
  const code = useRef<HTMLElement>(null);
  useEffect(() => {
    const timer = done && setTimeout(() => setDone(undefined), 4_000);
    return () => clearTimeout(timer);
  }, [done]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setDone("copied");
    } catch {
      // Browsers let pages without TLS copy nothing: the reader does it.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setDone("copyByHand");
    }
  }

  return (
    <div class="code">
      <p>
        <span>{title}</span>
        <button type="button" class="button-bare" onClick={() => void copy()}>
          <span role="status">{say(done ?? "copy")}</span>
        </button>
      </p>
      <pre tabIndex={0} role="group" aria-label={title}>
        <code ref={code}>
          {text.split(/("[^"]*")/).map((part, index) => (index % 2 ? <span key={index}>{part}</span> : part))}
        </code>
      </pre>
    </div>
  );
}
