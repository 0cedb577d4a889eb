// The moderation queue as values: what is listed, what is selected, where the cursor stands, what can be taken back.
//
//   load(listed)       the first part of the list, at first and whenever something changed: who reads further down
//                      keeps their place, and the cursor never goes to another comment by itself
//   append(listed)     the next part                    decide(ids)   those that wait for an answer
//   hear(id, state)    what became of one by somebody's doing
//   settle(results)    what became of them: they leave the list or stay in it as they are now, and can be undone

export type State = "shown" | "waiting" | "spam";
export type Tab = "waiting" | "flagged" | "spam" | "deleted" | "all";
export type Action = "approve" | "hold" | "spam" | "delete" | "restore" | "unflag";

export const TABS: readonly Tab[] = ["waiting", "flagged", "spam", "all", "deleted"];

/** A comment as moderators see it. */
export interface Comment {
  id: string;
  urlId: string;
  thread: string;
  conversationId: string | null;
  userId: string;
  commenterName: string;
  avatarSrc: string | null;
  isByGuest: boolean;
  comment: string;
  commentHTML: string;
  state: State;
  isDeleted: boolean;
  heldBecause: string | null;
  flagCount: number;
  createdAt: number;
  editedAt: number | null;
  quote: string | null;
  pageTitle: string | null;
}

/** Of what is deleted, nobody counts. */
export type Counts = Readonly<Record<Exclude<Tab, "deleted">, number>>;

export interface Listed {
  comments: Comment[];
  counts: Counts;
  nextCursor: string | null;
}

export interface Result {
  id: string;
  ok: boolean;
  comment?: Comment;
  code?: string;
  reason?: string;
}

/** What can be taken back: what was done, to how many; and what brings them back to how they were, by action. */
export interface Undo {
  readonly deed: Action | "ban";
  readonly n: number;
  readonly back: readonly { action: Action; ids: readonly string[] }[];
  /** The ban that is lifted. */
  readonly banId?: string;
}

export interface Queue {
  readonly tab: Tab;
  readonly search: string;
  readonly comments: readonly Comment[];
  /** Absent: not told yet. */
  readonly counts?: Counts | undefined;
  readonly nextCursor: string | null;
  /** The one that is shown beside the list. */
  readonly at: string | null;
  /** Where the cursor stood when its comment left the list by somebody else's doing: before this place. */
  readonly lostAt: number | null;
  readonly selected: ReadonlySet<string>;
  /** What was asked for and is not answered yet. */
  readonly busy: ReadonlySet<string>;
  /** The last at the end. Emptied by what cannot be: nobody means what came before that. */
  readonly undo: readonly Undo[];
}

const UNDO_MAX = 20;

export const empty = (tab: Tab = "waiting", search = ""): Queue => ({
  tab,
  search,
  comments: [],
  nextCursor: null,
  at: null,
  lostAt: null,
  selected: new Set(),
  busy: new Set(),
  undo: [],
});

/**
 * The first part of the list as the server has it now. What is known further down stays. Those that wait for an answer
 * stay as they were, as it tells what they can be brought back from. Whoever had a comment open that is gone has none
 * open, so that no key decides on its neighbour.
 */
export function load(queue: Queue, listed: Listed): Queue {
  const isNew = new Set(listed.comments.map(({ id }) => id));
  const last = listed.nextCursor === null ? undefined : listed.comments.at(-1);
  const isFurther = (comment: Comment) => last !== undefined && newestFirst(last, comment) < 0;
  // Where nothing of what was known came again, there may be a gap between: then it begins anew.
  const isJoined = queue.comments.some(({ id }) => isNew.has(id));
  const staying = queue.comments.filter(
    (each) => queue.busy.has(each.id) || (!isNew.has(each.id) && isJoined && isFurther(each)),
  );
  const coming = listed.comments.filter(({ id }) => !queue.busy.has(id));
  const next = stand(queue, [...coming, ...staying].sort(newestFirst));
  return {
    ...next,
    counts: listed.counts,
    nextCursor: staying.some(isFurther) ? queue.nextCursor : listed.nextCursor,
    at: next.at ?? (queue.comments.length ? null : (next.comments[0]?.id ?? null)),
  };
}

/** What became of a comment, wherever in the list it is: the state that is told, or `deleted`. */
export function hear(queue: Queue, id: string, state: string): Queue {
  if (queue.busy.has(id)) return queue;
  const isDeleted = state === "deleted";
  const comments = queue.comments
    .map((each) => (each.id === id ? { ...each, isDeleted, ...(!isDeleted && { state: state as State }) } : each))
    .filter((each) => each.id !== id || belongs(each, queue.tab));
  return stand(queue, comments);
}

/** The next part of the list. */
export function append(queue: Queue, listed: Listed): Queue {
  const known = new Set(queue.comments.map(({ id }) => id));
  return {
    ...queue,
    comments: [...queue.comments, ...listed.comments.filter(({ id }) => !known.has(id))],
    counts: listed.counts,
    nextCursor: listed.nextCursor,
  };
}

/** The cursor goes so many comments down (or up). */
export function move(queue: Queue, by: number): Queue {
  const { comments } = queue;
  if (!comments.length) return queue;
  const index = comments.findIndex(({ id }) => id === queue.at);
  // From between two comments, one down is the next.
  const from = index >= 0 || queue.lostAt === null ? index : by > 0 ? queue.lostAt - 1 : queue.lostAt;
  const to = Math.min(comments.length - 1, Math.max(0, from + by));
  return open(queue, comments[to]?.id ?? null);
}

export const open = (queue: Queue, id: string | null): Queue => ({ ...queue, at: id, lostAt: null });

export function toggle(queue: Queue, id: string): Queue {
  const selected = new Set(queue.selected);
  if (!selected.delete(id)) selected.add(id);
  return { ...queue, selected };
}

export const selectAll = (queue: Queue, isOn: boolean): Queue => ({
  ...queue,
  selected: new Set(isOn ? queue.comments.map(({ id }) => id) : []),
});

/** Whom an action is for: the selected, else the one at the cursor. */
export const chosen = (queue: Queue): string[] =>
  queue.selected.size
    ? queue.comments.filter(({ id }) => queue.selected.has(id)).map(({ id }) => id)
    : queue.at
      ? [queue.at]
      : [];

export const decide = (queue: Queue, ids: readonly string[]): Queue => ({
  ...queue,
  busy: new Set([...queue.busy, ...ids]),
});

/** What became of an action; without one, of taking something back, which brings it into the list again, and opens it. */
export function settle(queue: Queue, results: readonly Result[], action?: Action): Queue {
  const now = new Map(results.flatMap(({ id, ok, comment }) => (ok && comment ? [[id, comment] as const] : [])));
  const back = inverse(queue.comments, now);
  const known = new Set(queue.comments.map(({ id }) => id));
  const last = queue.nextCursor === null ? undefined : queue.comments.at(-1);
  const returning = [...now.values()].filter((each) => !known.has(each.id) && (!last || newestFirst(each, last) < 0));
  const comments = [...queue.comments.map((comment) => now.get(comment.id) ?? comment), ...returning]
    .filter((comment) => !now.has(comment.id) || belongs(comment, queue.tab))
    .sort(newestFirst);
  const ids = new Set(comments.map(({ id }) => id));
  const done = new Set(results.map(({ id }) => id));
  return {
    ...queue,
    comments,
    at:
      returning.find(({ id }) => ids.has(id))?.id ??
      (queue.at === null || ids.has(queue.at) ? queue.at : neighbour(queue, ids)),
    selected: kept(queue.selected, new Set([...ids].filter((id) => !now.has(id)))),
    busy: new Set([...queue.busy].filter((id) => !done.has(id))),
    undo: !action ? queue.undo : back.length ? did(queue, { deed: action, n: now.size, back }) : [],
  };
}

const did = ({ undo }: Queue, deed: Undo): readonly Undo[] => [...undo, deed].slice(-UNDO_MAX);

/** Something else was done that can be taken back. */
export const note = (queue: Queue, deed: Undo): Queue => ({ ...queue, undo: did(queue, deed) });

/** The last thing that can be taken back, and the queue without it. */
export const takeUndo = (queue: Queue): [Undo | undefined, Queue] => [
  queue.undo.at(-1),
  { ...queue, undo: queue.undo.slice(0, -1) },
];

/** All actions, in the order in which they are offered for several. */
const ALL: readonly Action[] = ["approve", "unflag", "restore", "hold", "spam", "delete"];

/** What can be done with at least one of several comments. */
export const actionsForAny = (comments: readonly Comment[]): Action[] =>
  ALL.filter((action) => comments.some((comment) => actionsFor(comment).includes(action)));

/** What can be done with a comment as it is; the first is what one would most likely do. */
export function actionsFor({ state, isDeleted, flagCount }: Comment): Action[] {
  if (isDeleted) return ["restore"];
  const flags: Action[] = flagCount ? ["unflag"] : [];
  if (state === "shown") return [...flags, "hold", "spam", "delete"];
  return state === "spam" ? ["approve", "delete"] : ["approve", "spam", "delete"];
}

function belongs({ state, isDeleted, flagCount }: Comment, tab: Tab): boolean {
  if (isDeleted !== (tab === "deleted")) return false;
  if (tab === "all" || tab === "deleted") return true;
  return tab === "flagged" ? flagCount > 0 : state === tab;
}

/** What would bring comments back from how they are now. Dropped flags do not come back. */
function inverse(before: readonly Comment[], now: ReadonlyMap<string, Comment>): Undo["back"] {
  const ids = new Map<Action, string[]>();
  for (const was of before) {
    const is = now.get(was.id);
    const back = is && wayBack(was, is);
    if (back) ids.set(back, [...(ids.get(back) ?? []), was.id]);
  }
  return [...ids].map(([action, of]) => ({ action, ids: of }));
}

function wayBack(was: Comment, is: Comment): Action | undefined {
  if (was.isDeleted !== is.isDeleted) return was.isDeleted ? "delete" : "restore";
  if (was.state === is.state) return undefined;
  return was.state === "shown" ? "approve" : was.state === "waiting" ? "hold" : "spam";
}

/** In the order of the server's list. */
const newestFirst = (a: Comment, b: Comment): number =>
  b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/** Another list; who had a comment open that is gone has none open, and the cursor is between its neighbours. */
function stand(queue: Queue, comments: readonly Comment[]): Queue {
  const ids = new Set(comments.map(({ id }) => id));
  const was = queue.comments.find(({ id }) => id === queue.at);
  const selected = kept(queue.selected, ids);
  if (!was || ids.has(was.id)) return { ...queue, comments, selected };
  return {
    ...queue,
    comments,
    selected,
    at: null,
    lostAt: comments.filter((each) => newestFirst(each, was) < 0).length,
  };
}

const kept = (ids: ReadonlySet<string>, among: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...ids].filter((id) => among.has(id)));

/** Where the cursor goes from a comment that left the list: to what came after it, else before. */
function neighbour({ comments, at }: Queue, ids: ReadonlySet<string>): string | null {
  const index = comments.findIndex(({ id }) => id === at);
  const after = comments.slice(Math.max(0, index)).find(({ id }) => ids.has(id));
  const before = comments.slice(0, Math.max(0, index)).findLast(({ id }) => ids.has(id));
  return (after ?? before)?.id ?? [...ids][0] ?? null;
}
