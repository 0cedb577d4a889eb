// The moderation view: the queue on the left, the comment where it stands on the right. It moves by itself.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import "./moderation.css";
import { useDesk, useNumbers, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { Ban } from "./ban";
import { Bans } from "./bans";
import { useCounts } from "./counts";
import { Detail } from "./detail";
import { Empty } from "./empty";
import { Foot } from "./foot";
import { commandOf } from "./keys";
import { List } from "./list";
import { TABS, actionsFor, actionsForAny, chosen, move, open, selectAll, toggle } from "./queue";
import { Tabs } from "./tabs";
import { useQueue } from "./use-queue";
import { actionWords, words } from "./words";

const searchAfterMs = 250;

export function Moderation() {
  const { route } = useDesk();
  return route.query["queue"] === "bans" ? <Bans /> : <Judging />;
}

function Judging() {
  const { route, go } = useDesk();
  const say = useWords(words);
  const tab = TABS.find((each) => each === route.query["queue"]) ?? "waiting";
  const search = route.query["search"] ?? "";
  const desk = useQueue(tab, search, say);
  const { queue, setQueue, failure, isLoaded, act } = desk;
  const [isBanning, setBanning] = useState(false);
  const [isNear, setNear] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const at = queue.comments.find(({ id }) => id === queue.at);
  const several = queue.comments.filter(({ id }) => queue.selected.has(id));
  const possible = several.length ? actionsForAny(several) : at ? actionsFor(at) : [];

  /** The selected that an action is possible for. */
  const meant = (action: (typeof possible)[number]) =>
    chosen(queue).filter((id) => {
      const comment = queue.comments.find((each) => each.id === id);
      return comment && actionsFor(comment).includes(action);
    });

  // At once with what is drawn: a key is meant for what is seen.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      const isInField = Boolean(target?.closest("input:not([type=checkbox]), textarea, select, dialog"));
      const command = commandOf({ ...keys(event), isInField }, possible);
      if (!command || event.defaultPrevented) return;
      event.preventDefault();
      if (command.kind === "act") void act(command.action, meant(command.action));
      else if (command.kind === "move") setQueue((known) => move(known, command.by));
      else if (command.kind === "select") setQueue((known) => (known.at ? toggle(known, known.at) : known));
      else if (command.kind === "undo") void desk.undo();
      else if (command.kind === "ban") setBanning(at !== undefined);
      else if (command.kind === "search") field.current?.focus();
      else setNear(false);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });

  return (
    <div class="moderation" data-near={(isNear && at !== undefined) || undefined}>
      <div class="queue">
        <div class="queue-tools">
          <h1>{say("moderation")}</h1>
          <Search
            field={field}
            label={say("search")}
            hint={say("searchHint")}
            value={search}
            onSearch={(text) => go({ query: { queue: tab, ...(text && { search: text }) } }, true)}
          />
        </div>
        <Tabs at={tab} search={search} counts={desk.isFresh ? queue.counts : undefined} say={say} />
        {several.length > 0 && (
          <div class="queue-bulk" role="group" aria-label={say("forSelected")}>
            <label class="check">
              <input
                type="checkbox"
                checked={several.length === queue.comments.length}
                aria-label={say("selectAll")}
                onChange={({ currentTarget }) => setQueue((known) => selectAll(known, currentTarget.checked))}
              />
              <b>{say("selected", { n: several.length })}</b>
            </label>
            {possible.map((action) => (
              <button
                key={action}
                type="button"
                class={action === "delete" ? "button-bare danger" : "button-bare"}
                onClick={() => void act(action, meant(action))}
              >
                {say(actionWords[action])}
              </button>
            ))}
          </div>
        )}
        {failure && <Failed failure={failure} onRetry={desk.refresh} />}
        {queue.comments.length > 0 ? (
          <List
            queue={queue}
            say={say}
            onOpen={(id) => {
              setQueue((known) => open(known, id));
              setNear(true);
            }}
            onToggle={(id) => setQueue((known) => toggle(known, id))}
          />
        ) : (
          isLoaded && !failure && <Empty tab={tab} isSearched={search !== ""} say={say} />
        )}
        {queue.nextCursor && (
          <p class="queue-more">
            <button type="button" class="button" onClick={desk.goOn}>
              {say("more")}
            </button>
          </p>
        )}
      </div>
      {at ? (
        <Detail
          comment={at}
          say={say}
          isBusy={queue.busy.has(at.id)}
          version={desk.version}
          onAct={(action) => void act(action, [at.id])}
          onBan={() => setBanning(true)}
          onBack={() => setNear(false)}
        />
      ) : (
        <p class="judge judge-none dim">
          {isLoaded && queue.comments.length > 0 && say(queue.lostAt === null ? "choose" : "lost")}
        </p>
      )}
      <Foot
        note={desk.note}
        last={queue.undo.at(-1)}
        say={say}
        onUndo={() => void desk.undo()}
        onUnlock={(locked) => void desk.unlock(locked)}
      />
      {isBanning && at && (
        <Ban
          comment={at}
          say={say}
          onDone={(banId, ids) => {
            setBanning(false);
            const n = ids.length;
            const text = say(n ? "did_banAll" : "did_ban", { name: at.commenterName, n });
            desk.did(text, { deed: "ban", n, back: n ? [{ action: "restore", ids }] : [], banId });
          }}
          onCancel={() => setBanning(false)}
        />
      )}
    </div>
  );
}

interface SearchProps {
  readonly field: { current: HTMLInputElement | null };
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onSearch: (text: string) => void;
}

function Search({ field, label, hint, value, onSearch }: SearchProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      ref={field}
      type="search"
      class="queue-search"
      aria-label={label}
      placeholder={hint}
      defaultValue={value}
      maxLength={200}
      onInput={({ currentTarget }) => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onSearch(currentTarget.value.trim()), searchAfterMs);
      }}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
    />
  );
}

const keys = ({ key, code, ctrlKey, metaKey, altKey }: KeyboardEvent) => ({ key, code, ctrlKey, metaKey, altKey });

/** How many comments wait, for the tab. */
export function WaitingCount() {
  const numbers = useNumbers();
  const counts = useCounts();
  return counts?.waiting ? <span class="badge">{numbers.count(counts.waiting)}</span> : null;
}
