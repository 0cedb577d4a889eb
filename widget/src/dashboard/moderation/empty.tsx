// What is said where a list holds nothing: what would come here, and by which rules.
import { useAsked, useDesk } from "../desk";
import { Link } from "../parts/link";
import type { Say } from "../words";
import type { Tab } from "./queue";
import type { Words } from "./words";

const said = {
  waiting: ["emptyWaiting", "emptyWaitingHow"],
  flagged: ["emptyFlagged", "emptyFlaggedHow"],
  spam: ["emptySpam", "emptySpamHow"],
  all: ["emptyAll", "emptyAllHow"],
  deleted: ["emptyDeleted", "emptyDeletedHow"],
} as const satisfies Record<Tab, readonly [keyof Words, keyof Words]>;

interface Props {
  readonly tab: Tab;
  readonly isSearched: boolean;
  readonly say: Say<Words>;
}

export function Empty({ tab, isSearched, say }: Props) {
  const { session } = useDesk();
  const [title, how] = said[tab];
  if (isSearched) return <Said title={say("emptySearch")} />;
  if (tab === "waiting" && session.role !== "moderator") return <ByRules say={say} />;
  return <Said title={say(title)} how={say(how)} />;
}

/** Whether anything can come, for those who may change that. */
function ByRules({ say }: { readonly say: Say<Words> }) {
  const { api } = useDesk();
  const { value } = useAsked("rules", (signal) =>
    api.get<{ tenant: { rules: { approval?: string; suspects?: string } } }>("tenant", {}, signal),
  );
  const rules = value?.tenant.rules;
  const isNever = rules?.approval === "none" && rules.suspects === "refuse";
  return (
    <Said title={say("emptyWaiting")} how={say(isNever ? "emptyNever" : "emptyWaitingHow")}>
      <Link to={{ view: "settings", query: { section: "site" } }}>{say("changeRules")}</Link>
    </Said>
  );
}

function Said({ title, how, children }: { title: string; how?: string; children?: preact.ComponentChildren }) {
  return (
    <div class="queue-empty">
      <h2>{title}</h2>
      {how && <p class="dim">{how}</p>}
      {children && <p>{children}</p>}
    </div>
  );
}
