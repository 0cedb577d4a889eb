// Says that something did not come, why, and how to go on.
import type { Failure } from "../api";
import { useReason, useWords } from "../desk";
import { shared } from "../words";
import { Icon } from "./icon";

export function Failed({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }) {
  const say = useWords(shared);
  const reason = useReason();
  return (
    <p class="notice" role="alert">
      <Icon name="warn" />
      <span>{reason(failure)}</span>
      <button type="button" class="button-bare" onClick={onRetry}>
        {say("tryAgain")}
      </button>
    </p>
  );
}
