// What this page knows, as values: the room up to a position, what is ahead of it, and this reader's own writes.
//
//   View = room at (epoch, seq)  +  events ahead of it  +  pending writes
//
// Events are the only way into the room, and enter it in order; the position moves with them. An event that comes early
// (the answer to an own write, while others' events are still on their way) lies ahead: it is shown at once, and when its
// turn comes nothing changes on screen. A pending write is shown until an event with its broadcastId, by this reader, or
// its answer settles it; whichever is second finds nothing to do.
//
// All functions return the same state if nothing changed, and `project` keeps the identity of all that looks the same.

import type { Anchor, Command, Comment, Conversation, Failure, LinkState, Me, View } from "./model";
import { decodeChat, decodeComment, decodeMe, personOf, type WireEvent, type WireSnapshot } from "./wire";

/** Conversations by id. */
export type Chats = ReadonlyMap<string, Conversation>;

export interface Pending {
  readonly command: Command;
  /** When it was given, epoch ms of this browser. */
  readonly at: number;
  /** Shown as failed. With "no-answer", the write is still being tried. */
  readonly failure?: Failure | undefined;
  /** The conversation as it was: a reply is shown in it, and its text not lost, when somebody deletes it. */
  readonly chat?: Conversation | undefined;
}

export interface State {
  readonly me?: Me;
  readonly epoch: string;
  readonly seq: number;
  readonly isLoaded: boolean;
  readonly viewerCount: number;
  readonly chats: Chats;
  /** By seq, all greater than the position. */
  readonly ahead: ReadonlyMap<number, WireEvent>;
  /** Conversations whose comments are being read, with the events that came meanwhile. */
  readonly loading: ReadonlyMap<string, readonly WireEvent[]>;
  /** Conversations that the reader looks at: nothing in them is unread. */
  readonly open: ReadonlySet<string>;
  /** By broadcastId, in the order given. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** Id of a conversation or comment → broadcastId of the own command that last wrote it. */
  readonly keys: ReadonlyMap<string, string>;
}

export const emptyState: State = {
  epoch: "",
  seq: 0,
  isLoaded: false,
  viewerCount: 0,
  chats: new Map(),
  ahead: new Map(),
  loading: new Map(),
  open: new Set(),
  pending: new Map(),
  keys: new Map(),
};

/** The failure of a write that is still being tried. */
export const NO_ANSWER: Failure = { code: "no-answer" };

/* ── What comes from the server ─────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Takes the room from a snapshot, unless it is older than what is known.
 *
 * Loaded comments are given up; those of open conversations stay on screen and are listed in `loading`: the caller must
 * read them again.
 */
export function takeSnapshot(state: State, snapshot: WireSnapshot): State {
  const { epoch, seq, viewerCount = 1 } = snapshot;
  const { open } = state;
  const told = { ...state, me: decodeMe(snapshot.user), viewerCount };
  const isSameEpoch = epoch === state.epoch;
  if (isSameEpoch && seq < state.seq) return told;

  const chats = new Map<string, Conversation>();
  const loading = new Map<string, WireEvent[]>();
  for (const row of snapshot.conversations) {
    const chat = decodeChat(row);
    const { id } = chat;
    const comments = open.has(id) && state.chats.get(id)?.comments;
    const isUnread = chat.isUnread && !open.has(id);
    chats.set(id, keyed({ ...chat, isUnread, ...(comments && { comments }) }, state.keys));
    if (open.has(id)) loading.set(id, []);
  }
  const ahead = isSameEpoch ? state.ahead : new Map();
  return advance({ ...told, epoch, seq, chats, loading, ahead, isLoaded: true });
}

/** Takes events of the room, in any order and any number of times. */
export function takeEvents(state: State, epoch: string, events: readonly WireEvent[]): State {
  const news = events.filter(({ seq }) => epoch === state.epoch && seq > state.seq && !state.ahead.has(seq));
  if (!news.length) return state;
  const ahead = new Map(state.ahead);
  let settled = state;
  for (const event of news) {
    ahead.set(event.seq, event);
    // Both must agree: a broadcastId alone can be anybody's.
    if (event.userId === state.me?.id) settled = settle(settled, event);
  }
  return advance({ ...settled, ahead });
}

/** The server has done the write and says with which event. In a foreign epoch, the caller must take a snapshot. */
export function takeAnswer(state: State, epoch: string, event: WireEvent): State {
  return takeEvents(settle(state, event), epoch, [event]);
}

export function takePresence(state: State, viewerCount: number): State {
  return viewerCount === state.viewerCount ? state : { ...state, viewerCount };
}

/** Events lie ahead that wait for others before them. */
export function isBehind(state: State): boolean {
  return state.ahead.size > 0;
}

/** Moves the position over the events whose turn it is. */
function advance(state: State): State {
  let { seq, chats } = state;
  const loading = new Map(state.loading);
  for (let event; (event = state.ahead.get(seq + 1)); seq++) {
    chats = reduce(chats, event, state);
    const id = event.chat?._id ?? "";
    const missed = loading.get(id);
    if (missed) loading.set(id, [...missed, event]);
  }
  return { ...state, seq, chats, loading, ahead: new Map([...state.ahead].filter(([at]) => at > seq)) };
}

/** The room after one event. Doing it twice is doing it once; deletions win. */
function reduce(chats: Chats, event: WireEvent, { me, open, keys }: State): Chats {
  const { type, timestamp, chat, deletedCommentId } = event;
  if (!chat) return chats;
  const next = new Map(chats);
  const { _id: id, isResolved } = chat;
  const old = chats.get(id);
  const comment = event.comment && keyed(decodeComment(event.comment, event), keys);
  const added = comment && !comment.isEdited && comment;
  const isNews = !!added && added.author.id !== me?.id && !open.has(id);

  if (type === "deleted-text-chat") next.delete(id);
  else if (type === "new-text-chat" && !old) {
    const made = keyed({ ...decodeChat(chat, timestamp), isUnread: isNews }, keys);
    next.set(id, { ...made, comments: comment ? [{ ...comment, author: made.createdBy }] : [] });
  } else if (type === "updated-text-chat" && old) {
    const { anchor = old.anchor, commentCount = old.commentCount, resolvedBy } = chat;
    next.set(id, {
      ...old,
      anchor,
      commentCount,
      lastCommentAt: chat.lastCommentAt ?? (added ? added.at : old.lastCommentAt),
      ...(isResolved !== undefined && resolution(isResolved, resolvedBy, timestamp)),
      isUnread: old.isUnread || isNews,
      comments: old.comments && reduceComments(old.comments, comment, deletedCommentId),
    } as Conversation);
  }
  return next;
}

function resolution(isResolved: boolean, by: string | null | undefined, at: number | undefined): object {
  return { isResolved, resolvedBy: (isResolved && by) || undefined, resolvedAt: isResolved ? at : undefined };
}

function reduceComments(
  all: readonly Comment[],
  comment: Comment | undefined,
  deletedId: string | undefined,
): readonly Comment[] {
  const comments = all.filter(({ id }) => id !== deletedId);
  if (!comment) return comments;
  const index = comments.findIndex(({ id }) => id === comment.id);
  const old = comments[index];
  // An edit of what is not there: it was read after its deletion.
  if (!old) return comment.isEdited ? comments : [...comments, comment];
  // Else it was read after the event.
  const isNewer = (comment.editedAt ?? 0) > (old.editedAt ?? 0);
  return isNewer ? comments.with(index, { ...comment, author: old.author, at: old.at }) : comments;
}

/* ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** From now on, events of this conversation are kept until `takeComments`. */
export function startLoading(state: State, chatId: string): State {
  return { ...state, loading: new Map(state.loading).set(chatId, []) };
}

/** The comments as read some time after `startLoading`, oldest first; what came meanwhile is put on top. */
export function takeComments(state: State, chatId: string, read: readonly Comment[]): State {
  const old = state.chats.get(chatId);
  const missed = state.loading.get(chatId);
  if (!missed) return state; // given up by a snapshot
  const comments = read.map((comment) => keyed(comment, state.keys));
  const chats: Chats = old ? new Map(state.chats).set(chatId, { ...old, comments }) : state.chats;
  return {
    ...state,
    chats: missed.reduce((sum, event) => reduce(sum, event, state), chats),
    loading: without(state.loading, chatId),
  };
}

export function openChat(state: State, chatId: string): State {
  return markRead({ ...state, open: new Set(state.open).add(chatId) }, chatId);
}

export function closeChat(state: State, chatId: string): State {
  return { ...state, open: new Set([...state.open].filter((id) => id !== chatId)) };
}

export function markRead(state: State, chatId: string): State {
  const chat = state.chats.get(chatId);
  return chat?.isUnread ? { ...state, chats: new Map(state.chats).set(chatId, { ...chat, isUnread: false }) } : state;
}

/** The server's id for an id that the view may still know as `~<broadcastId>`. */
export function realId(state: State, id: string): string {
  // The conversation's entry is older than that of its first comment.
  for (const [real, broadcastId] of state.keys) if (`~${broadcastId}` === id) return real;
  return id;
}

/* ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** A command with all that one may have. */
interface AnyCommand {
  readonly type: Command["type"];
  readonly broadcastId: string;
  readonly chatId?: string;
  readonly commentId?: string;
  readonly text?: string;
  readonly isResolved?: boolean;
  readonly anchor?: Anchor;
}

/** Shows the command. A failed one of the same kind with the same aim is dropped: this is the next try. */
export function addCommand(state: State, command: Command, at: number): State {
  const aim = aimOf(command);
  const others = [...state.pending].filter(([, old]) => !old.failure || aimOf(old.command) !== aim);
  const chat = state.chats.get(realId(state, chatOf(command)));
  return { ...state, pending: new Map(others).set(command.broadcastId, { command, at, chat }) };
}

/** New texts have no aim but themselves, and so are never dropped. */
function aimOf({ type, broadcastId, chatId, commentId }: AnyCommand): string {
  return type + (type === "reply" || chatId === undefined ? broadcastId : chatId) + commentId;
}

/** The conversation that a command is about, by the name that it was given. */
function chatOf({ chatId, broadcastId }: AnyCommand): string {
  return chatId ?? `~${broadcastId}`;
}

/** Shows a write as failed, if it is not settled yet; or, without `failure`, as pending again. */
export function failCommand(state: State, broadcastId: string, failure?: Failure): State {
  const pending = state.pending.get(broadcastId);
  return pending ? { ...state, pending: new Map(state.pending).set(broadcastId, { ...pending, failure }) } : state;
}

/** Takes a write back, and the replies that waited for it. */
export function discardCommand(state: State, broadcastId: string): State {
  const rest = [...state.pending].filter(
    ([id, { command }]) => id !== broadcastId && chatOf(command) !== `~${broadcastId}`,
  );
  return { ...state, pending: new Map(rest) };
}

/** The writes that may be sent now: of each conversation the first that the server has not refused. */
export function nextWrites(state: State): readonly Pending[] {
  const lanes = new Map<string, Pending>();
  for (const pending of state.pending.values()) {
    const lane = realId(state, chatOf(pending.command));
    // A refused create stays: nothing can be written in a conversation that is not there.
    if (!lanes.has(lane) && (!isRefused(pending) || pending.command.type === "create")) lanes.set(lane, pending);
  }
  return [...lanes.values()].filter((pending) => !isRefused(pending));
}

function isRefused({ failure }: Pending): boolean {
  return !!failure && failure.code !== NO_ANSWER.code;
}

/** Ends a pending write; what it wrote keeps its broadcastId, and what was called `~…` gets its real id. */
function settle(state: State, { type, broadcastId = "", chat, comment }: WireEvent): State {
  if (!state.pending.has(broadcastId)) return state;
  const keys = new Map(state.keys);
  const id = chat?._id ?? "";
  if (type === "new-text-chat") keys.set(id, broadcastId);
  if (comment) keys.set(comment._id, broadcastId);
  const open = new Set([...state.open].map((name) => (name === `~${broadcastId}` ? id : name)));
  return { ...state, keys, open, pending: without(state.pending, broadcastId) };
}

/* ── Showing ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** The state as the reader sees it; whatever looks as in `before` is the same object. */
export function project(state: State, link: LinkState, refusal: string | undefined, before?: View): View {
  let chats = state.chats;
  for (const event of [...state.ahead.values()].sort((a, b) => a.seq - b.seq)) chats = reduce(chats, event, state);
  const shown = new Map(chats);
  for (const pending of state.pending.values()) overlay(shown, pending, state);
  const view = {
    link,
    ...(refusal !== undefined && { refusal }),
    ...(state.me && { me: state.me }),
    viewerCount: state.viewerCount,
    conversations: [...shown.values()].sort(byCreation),
    isLoaded: state.isLoaded,
  };
  return share(before, view);
}

function byCreation(a: Conversation, b: Conversation): number {
  const isNew = (chat: Conversation) => Number(chat.id.startsWith("~"));
  return isNew(a) - isNew(b) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Shows a pending write on top of `chats`, or, if it failed, that it did. */
function overlay(chats: Map<string, Conversation>, { command, at, failure, chat: kept }: Pending, state: State): void {
  const { type, broadcastId, commentId, text, isResolved, anchor }: AnyCommand = command;
  const { id: myId, name, avatarSrc } = state.me ?? { id: "", name: "" };
  const author = personOf(myId, name, avatarSrc);
  const status = { state: failure ? "failed" : "pending", broadcastId, ...(failure && { failure }) } as const;
  const draft: Comment = { id: `~${broadcastId}`, author, text: text ?? "", at, isEdited: false, ...status };
  const id = realId(state, chatOf(command));
  const isNew = type === "create";
  const isText = isNew || type === "reply";
  const blank = {
    ...decodeChat({ _id: id, createdBy: author, commentCount: 0, anchor: anchor ?? null }, at),
    ...status,
  };
  const chat = isNew ? blank : (chats.get(id) ?? (isText && kept));
  if (!chat) return;

  const target = realId(state, commentId ?? "");
  const isDone = !failure;
  const changeComment = (change: (comment: Comment) => Comment[]) =>
    chat.comments?.flatMap((comment) => (comment.id === target ? change(comment) : comment));
  let changes: object;
  if (isText) {
    const comments = [...(chat.comments ?? []), draft];
    const lastCommentAt = Math.max(at, chat.lastCommentAt);
    changes = { comments, ...((isDone || isNew) && { commentCount: chat.commentCount + 1, lastCommentAt }) };
  } else if (type === "edit") {
    changes = {
      comments: changeComment((old) => [{ ...draft, id: old.id, author: old.author, at: old.at, isEdited: true }]),
    };
  } else if (type === "delete-comment") {
    const comments = changeComment((old) => (isDone ? [] : [{ ...old, ...status }]));
    changes = { comments, commentCount: chat.commentCount - Number(isDone) };
  } else if (isDone) {
    changes = type === "resolve" ? resolution(!!isResolved, name, at) : { commentCount: 0 };
  } else changes = { failure, failedBroadcastId: broadcastId };
  const shown = { ...chat, ...changes } as Conversation;
  // Without a comment there is no conversation.
  if (shown.commentCount) chats.set(id, shown);
  else chats.delete(id);
}

/* ── Small things ───────────────────────────────────────────────────────────────────────────────────────────────────── */

function keyed<T extends Conversation | Comment>(thing: T, keys: State["keys"]): T {
  const broadcastId = keys.get(thing.id);
  return broadcastId === undefined ? thing : { ...thing, broadcastId };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** `next`, with every part that equals its counterpart in `old` replaced by it. List entries are matched by id. */
function share<T>(old: T | undefined, next: T): T {
  if (old === next || !isObject(old) || !isObject(next)) return next;
  if (Array.isArray(next) && Array.isArray(old)) {
    const known = new Map(old.map((entry) => [entry.id, entry]));
    const list = next.map((entry) => share(known.get(entry.id), entry));
    return list.length === old.length && list.every((entry, index) => entry === old[index]) ? old : (list as T);
  }
  const copy = { ...next };
  let isSame = true;
  // A field that is undefined is as good as none.
  for (const name of Object.keys({ ...old, ...next }) as (keyof T)[]) {
    copy[name] = share(old[name], next[name]);
    isSame &&= copy[name] === old[name];
  }
  return isSame ? old : copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
