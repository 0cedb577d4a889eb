// How many comments there are to look at, which moves by itself.
import { useEffect } from "preact/hooks";
import { useAsked, useDesk } from "../desk";
import type { Counts, Listed } from "./queue";

/** Nothing where the server does not answer: what was true before may not be now. */
export function useCounts(): Counts | undefined {
  const { api, live } = useDesk();
  const asked = useAsked("counts", (signal) => api.get<Listed>("comments", { queue: "waiting", limit: 1 }, signal));
  useEffect(() => live.onQueue(asked.refresh), [live]);
  return asked.failure ? undefined : asked.value?.counts;
}
