// Says that something did not come, why, and how to go on.
import { useContext } from "preact/hooks";
import type { Failure } from "../api";
import { DeskContext, useReason, useWords } from "../desk";
import { shared } from "../words";
import { Icon } from "./icon";

export function Failed({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }) {
  const say = useWords(shared);
  const reason = useReason();
  const live = useContext(DeskContext)?.live;
  return (
    <p class="notice" role="alert" data-failed>
      <Icon name="warn" />
      <span>{reason(failure)}</span>
      <button
        type="button"
        class="button-bare"
        onClick={() => {
          onRetry();
          // One button for all that is away: the one in the head hides beside this one.
          if (live && live.state !== "live") live.retry();
        }}
      >
        {say("tryAgain")}
      </button>
    </p>
  );
}
