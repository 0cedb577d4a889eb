// Asks before somebody leaves what they have not saved: by a link, another site, back and forward, the end of the tab.
import { useEffect, useRef, useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { guard } from "../guard";
import { writeRoute, type Route } from "../router";
import { siteWords } from "./words";

export function Leaving({ isDirty }: { readonly isDirty: boolean }) {
  const say = useWords(siteWords);
  const { route, go } = useDesk();
  const [to, setTo] = useState<Route>();
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef({ route, go });
  latest.current = { route, go };
  const release = useRef<() => void>(undefined);

  useEffect(() => {
    if (!isDirty) return undefined;
    const gone = new AbortController();
    addEventListener("beforeunload", (event) => event.preventDefault(), { signal: gone.signal });
    release.current = guard((wanted) => {
      const here = latest.current;
      // Back and forward have changed the address already.
      if (location.pathname + location.search !== writeRoute(here.route))
        history.pushState(null, "", writeRoute(here.route));
      // Shows again in each choice what is still so.
      here.go({ ...here.route }, true);
      setTo(wanted);
    });
    return () => {
      gone.abort();
      release.current?.();
    };
  }, [isDirty]);

  useEffect(() => {
    if (to) dialog.current?.showModal();
    else dialog.current?.close();
  }, [to]);

  function leave(): void {
    release.current?.();
    if (to) go(to);
  }

  return (
    <dialog ref={dialog} class="set-dialog" aria-labelledby="set-leave" onClose={() => setTo(undefined)}>
      <h2 id="set-leave">{say("leave")}</h2>
      <p class="dim">{say("leaveHow")}</p>
      <p class="set-actions">
        <button type="button" class="button-main" onClick={() => setTo(undefined)}>
          {say("stay")}
        </button>
        <button type="button" class="button" onClick={leave}>
          {say("leaveNow")}
        </button>
      </p>
    </dialog>
  );
}
