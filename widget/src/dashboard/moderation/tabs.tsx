// The queue's tabs, with how much there is in each, and the way to the bans.
import { useDesk, useNumbers } from "../desk";
import type { Say } from "../words";
import { TABS, type Counts, type Tab } from "./queue";
import type { Words } from "./words";

interface Props {
  readonly at: Tab | "bans";
  readonly search: string;
  /** Absent: not known now, which is not nothing. */
  readonly counts?: Counts | undefined;
  readonly say: Say<Words>;
}

export function Tabs({ at, search, counts, say }: Props) {
  const { go } = useDesk();
  const numbers = useNumbers();
  return (
    <div class="queue-tabs" role="group" aria-label={say("queue")}>
      {[...TABS, "bans" as const].map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === at}
          onClick={() => go({ query: { queue: each, ...(search && { search }) } })}
        >
          {say(each)}
          {each !== "deleted" && each !== "bans" && <span>{counts ? numbers.count(counts[each]) : "–"}</span>}
        </button>
      ))}
    </div>
  );
}
