// The moderation queue as values: what is listed, what is selected, where the cursor stands, what can be taken back.
//
//   load(listed)       the first part of the list, at first and whenever something changed: who reads further down
//                      keeps their place, and the cursor never goes to another comment by itself
//   append(listed)     the next part                    decide(ids)   those that wait for an answer
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

/** What brings things back to how they were: by action, whom. */
export type Undo = readonly { action: Action; ids: readonly string[] }[];

export interface Queue {
  readonly tab: Tab;
  readonly search: string;
  readonly comments: readonly Comment[];
  readonly counts: Counts;
  readonly nextCursor: string | null;
  /** The one that is shown beside the list. */
  readonly at: string | null;
  /** Where the cursor stood when its comment left the list by somebody else's doing: before this place. */
  readonly lostAt: number | null;
  readonly selected: ReadonlySet<string>;
  /** What was asked for and is not answered yet. */
  readonly busy: ReadonlySet<string>;
  readonly undo: readonly Undo[];
}

const UNDO_MAX = 20;
const NOTHING: Counts = { waiting: 0, flagged: 0, spam: 0, all: 0 };

export const empty = (tab: Tab = "waiting", search = ""): Queue => ({
  tab,
  search,
  comments: [],
  counts: NOTHING,
  nextCursor: null,
  at: null,
  lostAt: null,
  selected: new Set(),
  busy: new Set(),
  undo: [],
});

/**
 * The first part of the list as the server has it now. What is known further down stays, as do those that wait for an
 * answer; whoever had a comment open that is gone has none open, so that no key decides on its neighbour.
 */
export function load(queue: Queue, listed: Listed): Queue {
  const isNew = new Set(listed.comments.map(({ id }) => id));
  const last = listed.nextCursor === null ? undefined : listed.comments.at(-1);
  const isFurther = (comment: Comment) => last !== undefined && newestFirst(last, comment) < 0;
  // Where nothing of what was known came again, there may be a gap between: then it begins anew.
  const isJoined = queue.comments.some(({ id }) => isNew.has(id));
  const staying = queue.comments.filter(
    (each) => !isNew.has(each.id) && (queue.busy.has(each.id) || (isJoined && isFurther(each))),
  );
  const comments = [...listed.comments, ...staying].sort(newestFirst);
  const ids = new Set(comments.map(({ id }) => id));
  const was = queue.comments.find(({ id }) => id === queue.at);
  const isLost = was !== undefined && !ids.has(was.id);
  return {
    ...queue,
    comments,
    counts: listed.counts,
    nextCursor: staying.some(isFurther) ? queue.nextCursor : listed.nextCursor,
    at: isLost ? null : (queue.at ?? (queue.comments.length ? null : (comments[0]?.id ?? null))),
    lostAt: isLost ? comments.filter((each) => newestFirst(each, was) < 0).length : queue.lostAt,
    selected: kept(queue.selected, ids),
  };
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

/** What became of an action; `isUndo`: it took another one back, and is not taken back itself. */
export function settle(queue: Queue, results: readonly Result[], isUndo = false): Queue {
  const now = new Map(results.flatMap(({ id, ok, comment }) => (ok && comment ? [[id, comment] as const] : [])));
  const undo = isUndo ? [] : inverse(queue.comments, now);
  const comments = queue.comments.map((comment) => now.get(comment.id) ?? comment);
  const staying = comments.filter((comment) => !now.has(comment.id) || belongs(comment, queue.tab));
  const ids = new Set(staying.map(({ id }) => id));
  const done = new Set(results.map(({ id }) => id));
  return {
    ...queue,
    comments: staying,
    at: queue.at === null || ids.has(queue.at) ? queue.at : neighbour(queue, ids),
    selected: kept(queue.selected, new Set([...ids].filter((id) => !now.has(id)))),
    busy: new Set([...queue.busy].filter((id) => !done.has(id))),
    undo: undo.length ? [...queue.undo, undo].slice(-UNDO_MAX) : queue.undo,
  };
}

/** The last thing that can be taken back, and the queue without it. */
export const takeUndo = (queue: Queue): [Undo | undefined, Queue] => [
  queue.undo.at(-1),
  { ...queue, undo: queue.undo.slice(0, -1) },
];

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
function inverse(before: readonly Comment[], now: ReadonlyMap<string, Comment>): Undo {
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

const kept = (ids: ReadonlySet<string>, among: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...ids].filter((id) => among.has(id)));

/** Where the cursor goes from a comment that left the list: to what came after it, else before. */
function neighbour({ comments, at }: Queue, ids: ReadonlySet<string>): string | null {
  const index = comments.findIndex(({ id }) => id === at);
  const after = comments.slice(Math.max(0, index)).find(({ id }) => ids.has(id));
  const before = comments.slice(0, Math.max(0, index)).findLast(({ id }) => ids.has(id));
  return (after ?? before)?.id ?? [...ids][0] ?? null;
}
