// What is on its way; seen only if it takes its time.
import { useWords } from "../../desk";
import { shared } from "../../words";

export function Loading() {
  const say = useWords(shared);
  return (
    <p class="wait set-loading" role="status">
      <span class="ring" aria-hidden="true" />
      {say("loading")}
    </p>
  );
}
