// What this page knows, as values: its rooms up to their positions, what is ahead of these, and this reader's own writes.
//
//   View = each room at (epoch, seq)  +  events ahead of it  +  pending writes
//
// Events are the only way into a room, and enter it in order; its position moves with them. An event that comes early
// (the answer to an own write, while others' events are still on their way) lies ahead: it is shown at once, and when its
// turn comes nothing changes on screen. A pending write is shown until an event with its broadcastId, by this reader, or
// its answer settles it; whichever is second finds nothing to do. A snapshot says which of them it holds.
//
// A page has a room, and others for what only some may see there: each conversation lives in one of them. A snapshot
// lists those that this reader may see; what is not listed, or lost since, is gone with its conversations.
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

/** How far a room is known. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
  /** The greatest seq that has been heard of; Infinity while it is asked for. */
  readonly head: number;
  /** By seq, all greater than the position. */
  readonly ahead: ReadonlyMap<number, WireEvent>;
}

export interface State {
  /** The page's own room. */
  readonly urlId: string;
  /** By urlId; none until there is a snapshot, and after the page's own is lost. */
  readonly rooms: ReadonlyMap<string, Place>;
  readonly me?: Me | undefined;
  readonly viewerCount: number;
  readonly chats: Chats;
  /** Conversations whose comments are being read, with the events that came meanwhile. */
  readonly loading: ReadonlyMap<string, readonly WireEvent[]>;
  /** Conversations that the reader looks at: nothing in them is unread. */
  readonly open: ReadonlySet<string>;
  /** This reader's own writes by broadcastId, in the order given. */
  readonly unsettled: ReadonlyMap<string, Pending>;
  /** Id of a conversation or comment → broadcastId of the own command that last wrote it. */
  readonly keys: ReadonlyMap<string, string>;
  readonly typing: readonly Typist[];
}

export const startState = (urlId: string): State => ({
  urlId,
  rooms: new Map(),
  viewerCount: 0,
  chats: new Map(),
  loading: new Map(),
  open: new Set(),
  unsettled: new Map(),
  keys: new Map(),
  typing: [],
});

/** How long somebody is shown as typing after they were last heard of. */
export const TYPING_MS = 6_000;

/* ── What comes from the server ─────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Takes the rooms of a snapshot, but for those of which more is known already. The writes that it says are settled are in
 * it; those that somebody else left in this browser are not shown to this reader.
 *
 * Loaded comments are given up; those of open conversations stay on screen and are listed in `loading`: the caller must
 * read them again.
 */
export function takeSnapshot(before: State, snapshot: WireSnapshot): State {
  const { urlId } = before;
  const { epoch, seq, rooms: listed = [{ urlId, epoch, seq }], viewerCount = 1, settled = [] } = snapshot;
  const me = decodeMe(snapshot.user);
  const unsettled = new Map<string, Pending>();
  for (const [id, one] of before.unsettled) {
    const { by = me } = one;
    if (by.id === me.id) unsettled.set(id, one);
    // Who signs in takes along what they have not sent as a guest, as the server gives them what they have.
    else if (by.isGuest && !me.isGuest) unsettled.set(id, { ...one, by: me });
  }
  const state = settled.reduce(settle, { ...before, me, viewerCount, unsettled });
  const { open, keys, chats: old } = state;

  const rooms = new Map<string, Place>();
  const isChanged = (name = urlId) => rooms.get(name) !== state.rooms.get(name);
  for (const { urlId, epoch, seq } of listed) {
    const known = state.rooms.get(urlId);
    const isSameEpoch = epoch === known?.epoch;
    rooms.set(
      urlId,
      isSameEpoch && seq < known.seq ? known : { epoch, seq, head: seq, ahead: isSameEpoch ? known.ahead : new Map() },
    );
  }
  const { chats, loading } = without(state, isChanged);
  for (const row of snapshot.conversations) {
    const chat = decodeChat(row);
    const { id, room } = chat;
    if (!isChanged(room)) continue;
    const isOpen = open.has(id);
    const comments = isOpen ? old.get(id)?.comments : undefined;
    chats.set(id, keyed({ ...chat, isUnread: chat.isUnread && !isOpen, comments }, keys));
    if (isOpen) loading.set(id, []);
  }
  return [...rooms].reduce<State>((sum, [urlId, place]) => advance(sum, urlId, place), {
    ...state,
    rooms,
    chats,
    loading,
  });
}

/** Takes a room away that this reader may see no more, with its conversations; the page's own takes all others along. */
export function loseRoom(state: State, urlId: string): State {
  if (!state.rooms.has(urlId)) return state;
  const rooms = new Map([...state.rooms].filter(([name]) => urlId !== state.urlId && name !== urlId));
  return { ...state, rooms, ...without(state, (room = state.urlId) => !rooms.has(room)) };
}

/** Conversations and what is being read, without those of some rooms. */
function without({ chats, loading }: State, isGone: (room?: string) => boolean) {
  const rest = new Map([...chats].filter(([, { room }]) => !isGone(room)));
  return { chats: rest, loading: new Map([...loading].filter(([id]) => rest.has(id))) };
}

/** Takes events of one room, in any order and any number of times; by default, of the epoch that is known. */
export function takeEvents(state: State, events: readonly WireEvent[], epoch?: string): State {
  const urlId = events[0]?.urlId ?? "";
  const place = state.rooms.get(urlId);
  if (!place || (epoch ?? place.epoch) !== place.epoch) return state;
  const news = events.filter(({ seq }) => seq > place.seq && !place.ahead.has(seq));
  if (!news.length) return state;
  const ahead = new Map(place.ahead);
  let settled = state;
  for (const event of news) {
    ahead.set(event.seq, event);
    // Both must agree: a broadcastId alone can be anybody's.
    if (event.userId === state.me?.id) settled = settle(settled, event);
    if (event.comment)
      settled = endTyping(settled, ({ id, chatId }) => id === event.userId && chatId === event.chat?._id);
  }
  return advance(settled, urlId, { ...place, ahead });
}

/** The server has done the write and says with which event. In a foreign epoch, the caller must take a snapshot. */
export function takeAnswer(state: State, event: WireEvent, epoch: string): State {
  return takeEvents(settle(state, event), [event], epoch);
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

/** Moves a room's position over the events whose turn it is. */
function advance(state: State, urlId: string, place: Place): State {
  let { chats } = state;
  let { seq } = place;
  const loading = new Map(state.loading);
  for (let event; (event = place.ahead.get(seq + 1)); seq++) {
    chats = reduce(chats, event, state);
    const id = event.chat?._id ?? "";
    const missed = loading.get(id);
    if (missed) loading.set(id, [...missed, event]);
  }
  const ahead = new Map([...place.ahead].filter(([at]) => at > seq));
  const head = Math.max(place.head, seq, ...ahead.keys());
  return { ...state, rooms: new Map(state.rooms).set(urlId, { ...place, seq, head, ahead }), chats, loading };
}

/** How many events of all rooms are known to exist and are not applied. */
export function countMissing({ rooms }: State): number {
  return [...rooms.values()].reduce((sum, { seq, head }) => sum + head - seq, 0);
}

/** Corrects what is known of a room. */
export function changePlace(state: State, urlId: string, change: Partial<Place>): State {
  const place = state.rooms.get(urlId);
  return place ? { ...state, rooms: new Map(state.rooms).set(urlId, { ...place, ...change }) } : state;
}

/** The conversations with the events that came early. */
export function lookAhead(state: State): Chats {
  const early = [...state.rooms.values()].flatMap(({ ahead }) => [...ahead.values()]).sort((a, b) => a.seq - b.seq);
  return early.reduce((chats, event) => reduce(chats, event, state), state.chats);
}

/** The conversations after one event. Doing it twice is doing it once; deletions win. */
export function reduce(chats: Chats, event: WireEvent, { me, urlId, open, keys }: State): Chats {
  const { type, timestamp, chat, deletedCommentId } = event;
  if (!chat) return chats;
  const next = new Map(chats);
  const { _id: id, isResolved } = chat;
  const room = event.urlId === urlId ? undefined : event.urlId;
  const known = chats.get(id);
  // One that has moved to another room is no business of this one any more; but what waits comes in a room of its own.
  const old = known?.room === room || event.comment?.approved === false ? known : undefined;
  const comment = event.comment && keyed(decodeComment(event.comment, event), keys);
  const added = comment && !comment.isEdited && comment;
  const isNews = !!added && added.author.id !== me?.id && !open.has(id);

  if (type === "new-text-chat" && !old) {
    const made = keyed({ ...decodeChat({ room, ...chat }, timestamp), isUnread: isNews }, keys);
    next.set(id, {
      ...made,
      comments: comment ? [comment.author.name ? comment : { ...comment, author: made.createdBy }] : [],
    });
  } else if (old && type === "deleted-text-chat") next.delete(id);
  else if (old && type === "updated-text-chat") {
    const {
      anchor = old.anchor,
      commentCount = old.commentCount,
      isLocked = old.isLocked,
      isPinned = old.isPinned,
    } = chat;
    const { resolvedBy, resolvedAt = timestamp } = chat;
    next.set(id, {
      ...old,
      anchor,
      commentCount,
      isLocked,
      isPinned,
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
  const isNewer = old.isHeld || (comment.editedAt ?? 0) > (old.editedAt ?? 0);
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
  const loading = new Map(state.loading);
  loading.delete(chatId);
  return { ...state, chats: missed.reduce((sum, event) => reduce(sum, event, state), chats), loading };
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
