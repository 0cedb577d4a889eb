// The queue as it lives: asked for, moved by news, decided on, taken back; and what there is to say of the last deed.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer, Failure } from "../api";
import { useDesk, useReason } from "../desk";
import type { QueueEvent } from "../live";
import type { Say } from "../words";
import {
  append,
  decide,
  empty,
  hear,
  load,
  note as noteUndo,
  settle,
  takeUndo,
  type Action,
  type Comment,
  type Listed,
  type Queue,
  type Result,
  type Tab,
  type Undo,
} from "./queue";
import { actionWords, deedWords, didWords, type Words } from "./words";

/** What became of the last deed. */
export interface Note {
  readonly text: string;
  readonly isBad?: boolean;
  /** What was not done as its discussions are locked. */
  readonly locked?: { readonly action: "delete" | "restore"; readonly comments: readonly Comment[] };
}

/** As many as the server judges at once. */
const stepMax = 100;

export interface Desk {
  readonly queue: Queue;
  /** Changes what is open or selected; what the server knows comes by itself. */
  setQueue(change: (known: Queue) => Queue): void;
  readonly failure: Failure | undefined;
  /** Whether what is shown is as the server has it. */
  readonly isFresh: boolean;
  readonly isLoaded: boolean;
  readonly note: Note | undefined;
  /** Changes whenever any comment may have. */
  readonly version: number;
  refresh(): void;
  goOn(): void;
  act(action: Action, ids: readonly string[]): Promise<void>;
  undo(): Promise<void>;
  /** Unlocks the discussions that were in the way, then does what was not done. */
  unlock(locked: NonNullable<Note["locked"]>): Promise<void>;
  /** Something else was done, such as a ban. */
  did(text: string, undo: Undo): void;
}

export function useQueue(tab: Tab, search: string, say: Say<Words>): Desk {
  const { api, live } = useDesk();
  const reasonOf = useReason();
  const [queue, setQueue] = useState<Queue>(() => empty(tab, search));
  const [failure, setFailure] = useState<Failure>();
  const [isOffline, setOffline] = useState(live.state === "offline");
  const [isLoaded, setLoaded] = useState(false);
  const [note, setNote] = useState<Note>();
  const [version, setVersion] = useState(0);
  const asking = useRef<AbortController>(undefined);
  const going = useRef<AbortController>(undefined);

  async function ask(of: typeof asking, cursor?: string): Promise<void> {
    of.current?.abort();
    const { signal } = (of.current = new AbortController());
    const answer = await api.get<Listed>("comments", { queue: tab, search: search || null, cursor }, signal);
    if (signal.aborted) return;
    setFailure(answer.ok ? undefined : answer);
    if (!answer.ok) return;
    setQueue((known) => (cursor ? append(known, answer.value) : load(known, answer.value)));
    setLoaded(true);
  }
  const refresh = () => void ask(asking);
  const touch = () => setVersion((known) => known + 1);

  useEffect(() => {
    setQueue((known) => ({ ...empty(tab, search), counts: known.counts }));
    setLoaded(false);
    setNote(undefined);
    refresh();
    return () => [asking, going].forEach(({ current }) => current?.abort());
  }, [tab, search]);
  useEffect(
    () =>
      live.onQueue((event) => {
        const { _id, state } = toldOf(event);
        if (_id && state) setQueue((known) => hear(known, _id, state));
        touch();
        refresh();
      }),
    [live, tab, search],
  );

  useEffect(
    () =>
      live.onState((state) => {
        setOffline(state === "offline");
        // What was asked for meanwhile has failed, and nothing else asks again.
        if (state === "live") refresh();
      }),
    [live, tab, search],
  );

  async function judge(action: Action, ids: readonly string[]): Promise<Result[]> {
    const results: Result[] = [];
    for (let from = 0; from < ids.length; from += stepMax) {
      const some = ids.slice(from, from + stepMax);
      const body = { ids: some, action, broadcastId: crypto.randomUUID() };
      const answer = await api.send<{ results: Result[] }>("POST", "comments/moderate", body);
      if (answer.ok) results.push(...answer.value.results);
      else results.push(...some.map((id) => ({ id, ok: false, code: answer.code, reason: reasonOf(answer) })));
    }
    return results;
  }

  /** Says what was not done, and why. */
  function refusal(deed: Action | undefined, results: readonly Result[]): Note {
    const refused = results.filter(({ ok }) => !ok);
    const { code, reason = "" } = refused[0] ?? {};
    const why = code === "locked" ? say("isLocked") : code === "not-found" ? say("isGone") : reason;
    const locked = new Set(refused.flatMap((each) => (each.code === "locked" ? [each.id] : [])));
    return {
      text: say("notDone", { deed: say(deed ? actionWords[deed] : "lift"), n: refused.length, reason: why }),
      isBad: true,
      ...((deed === "delete" || deed === "restore") &&
        locked.size && { locked: { action: deed, comments: queue.comments.filter(({ id }) => locked.has(id)) } }),
    };
  }

  async function act(action: Action, ids: readonly string[]): Promise<void> {
    if (!ids.length) return;
    setNote(undefined);
    setQueue((known) => decide(known, ids));
    const results = await judge(action, ids);
    setQueue((known) => settle(known, results, action));
    touch();
    const n = results.filter(({ ok }) => ok).length;
    setNote(n === results.length ? { text: say(didWords[action], { n }) } : refusal(action, results));
  }

  async function undo(): Promise<void> {
    const [last, rest] = takeUndo(queue);
    if (!last) return;
    setQueue((known) => ({ ...known, undo: rest.undo }));
    setNote(undefined);
    const results: Result[] = [];
    if (last.banId)
      results.push(resultOf(last.banId, await api.send("DELETE", `bans/${encodeURIComponent(last.banId)}`)));
    for (const { action, ids } of last.back) results.push(...(await judge(action, ids)));
    // Whether somebody's comments belong into this list, the server says.
    if (!last.banId) setQueue((known) => settle(known, results));
    touch();
    setNote(
      results.every(({ ok }) => ok)
        ? { text: say("takenBack", { deed: say(deedWords[last.deed]) }) }
        : refusal(last.back[0]?.action, results),
    );
    refresh();
  }

  const resultOf = (id: string, answer: Answer<unknown>): Result =>
    answer.ok ? { id, ok: true } : { id, ok: false, code: answer.code, reason: reasonOf(answer) };

  async function unlock({ action, comments }: NonNullable<Note["locked"]>): Promise<void> {
    setNote(undefined);
    const chats = new Set(comments.flatMap(({ conversationId }) => (conversationId ? [conversationId] : [])));
    for (const chat of chats) {
      const body = { action: "unlock", broadcastId: crypto.randomUUID() };
      const answer = await api.send("POST", `conversations/${encodeURIComponent(chat)}/moderate`, body);
      if (!answer.ok) return setNote({ text: reasonOf(answer), isBad: true });
    }
    await act(
      action,
      comments.map(({ id }) => id),
    );
  }

  function did(text: string, done: Undo): void {
    setQueue((known) => noteUndo(known, done));
    setNote({ text });
    touch();
    refresh();
  }

  const goOn = () => void ask(going, queue.nextCursor ?? undefined);
  const isFresh = !failure && !isOffline;
  return { queue, setQueue, failure, isFresh, isLoaded, note, version, refresh, goOn, act, undo, unlock, did };
}

/** Of which comment an event tells, and what; nothing, where a part was missed. */
const toldOf = ({ comment }: QueueEvent): { readonly _id?: string; readonly state?: string } =>
  typeof comment === "object" && comment !== null ? comment : {};
