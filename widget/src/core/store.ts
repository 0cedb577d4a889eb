// What this page knows, as values: the room up to a position, what is ahead of it, and this reader's own writes.
//
//   View = room at (epoch, seq)  +  events ahead of it  +  pending writes
//
// Events are the only way into the room, and enter it in order; the position moves with them. An event that comes early
// (the answer to an own write, while others' events are still on their way) lies ahead: it is shown at once, and when its
// turn comes nothing changes on screen. A pending write is shown until an event with its broadcastId, by this reader, or
// its answer settles it; whichever is second finds nothing to do. A snapshot says which of them it holds.
//
// All functions return the same state if nothing changed, and `project` keeps the identity of all that looks the same.

import type { Comment, Conversation, Me } from "./model";
import { decodeChat, decodeComment, decodeMe, type WireEvent, type WireFrame, type WireSnapshot } from "./wire";
import { settle, type Pending } from "./writes";

/** Conversations by id. */
export type Chats = ReadonlyMap<string, Conversation>;

/** Somebody else, writing in a conversation until then, epoch ms. */
export interface Typist {
  readonly chatId: string;
  readonly id: string;
  readonly name: string;
  readonly until: number;
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
  readonly typing: readonly Typist[];
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
  typing: [],
};

/** How long somebody is shown as typing after they were last heard of. */
export const TYPING_MS = 6_000;

/* ── What comes from the server ─────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Takes the room from a snapshot, unless it is older than what is known. The writes that it says are settled are in it;
 * those that somebody else left in this browser are not shown to this reader.
 *
 * Loaded comments are given up; those of open conversations stay on screen and are listed in `loading`: the caller must
 * read them again.
 */
export function takeSnapshot(before: State, snapshot: WireSnapshot): State {
  const { epoch, seq, viewerCount = 1, settled = [] } = snapshot;
  const me = decodeMe(snapshot.user);
  const pending = new Map([...before.pending].filter(([, { by = me }]) => by.id === me.id));
  const told = { ...before, me, viewerCount, pending };
  const state = settled.reduce(settle, told);
  const { open } = state;
  const isSameEpoch = epoch === state.epoch;
  if (isSameEpoch && seq < state.seq) return state;

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
  return advance({ ...state, epoch, seq, chats, loading, ahead, isLoaded: true });
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
    if (event.comment)
      settled = endTyping(settled, ({ id, chatId }) => id === event.userId && chatId === event.chat?._id);
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

/** Somebody types; the caller ends it after TYPING_MS. */
export function takeTyping(state: State, { chatId = "", user }: Partial<WireFrame>, now: number): State {
  if (!user || user.id === state.me?.id) return state;
  const { id, name } = user;
  const { typing } = endTyping(state, (one) => one.id === id && one.chatId === chatId);
  return { ...state, typing: [...typing, { chatId, id, name, until: now + TYPING_MS }] };
}

/** Takes away those who are typing no more. */
export function endTyping(state: State, isOver: (typist: Typist) => boolean): State {
  return state.typing.some(isOver) ? { ...state, typing: state.typing.filter((one) => !isOver(one)) } : state;
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

/** The room with the events that came early. */
export function lookAhead(state: State): Chats {
  const early = [...state.ahead.values()].sort((a, b) => a.seq - b.seq);
  return early.reduce((chats, event) => reduce(chats, event, state), state.chats);
}

/** The room after one event. Doing it twice is doing it once; deletions win. */
export function reduce(chats: Chats, event: WireEvent, { me, open, keys }: State): Chats {
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
    const { anchor = old.anchor, commentCount = old.commentCount, resolvedBy, resolvedAt = timestamp } = chat;
    next.set(id, {
      ...old,
      anchor,
      commentCount,
      lastCommentAt: chat.lastCommentAt ?? (added ? added.at : old.lastCommentAt),
      ...(isResolved !== undefined && resolution(isResolved, resolvedBy, resolvedAt)),
      isUnread: old.isUnread || isNews,
      comments: old.comments && reduceComments(old.comments, comment, deletedCommentId),
    } as Conversation);
  }
  return next;
}

export function resolution(isResolved: boolean, by: string | null | undefined, at: number | null | undefined): object {
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
