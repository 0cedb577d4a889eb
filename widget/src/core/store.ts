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

import type { Command, Comment, Conversation, Failure, LinkState, Me, Person, View } from "./model";
import type { RoomEvent, Snapshot } from "./wire";

/** Conversations by id. */
export type Chats = ReadonlyMap<string, Conversation>;

export interface Pending {
  readonly command: Command;
  /** When it was given, epoch ms of this browser. */
  readonly at: number;
  /** Shown as failed. With "no-answer", the write is still being tried. */
  readonly failure?: Failure;
}

export interface State {
  readonly me?: Me;
  readonly epoch: string;
  readonly seq: number;
  readonly isLoaded: boolean;
  readonly viewerCount: number;
  readonly chats: Chats;
  /** By seq, all greater than the position. */
  readonly ahead: ReadonlyMap<number, RoomEvent>;
  /** Conversations whose comments are being read, with the events that came meanwhile. */
  readonly loading: ReadonlyMap<string, readonly RoomEvent[]>;
  /** Conversations that the reader looks at: nothing in them is unread. */
  readonly open: ReadonlySet<string>;
  /** By broadcastId, in the order given. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** Id of a conversation or comment → broadcastId of the own command that last wrote it. */
  readonly keys: ReadonlyMap<string, string>;
  /** Conversations that were deleted under a reply of this reader, whose text must not vanish with them. */
  readonly deleted: Chats;
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
  deleted: new Map(),
};

/** The failure of a write that is still being tried. */
export const NO_ANSWER: Failure = { code: "no-answer" };

const nobody: Person = { id: "", name: "" };

/* ── What comes from the server ─────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Takes the room from a snapshot, unless it is older than what is known.
 *
 * If anything may have been missed, loaded comments are given up; those of open conversations stay on screen and are
 * listed in `loading`: the caller must read them again.
 */
export function takeSnapshot(state: State, snapshot: Snapshot): State {
  const { me, epoch, seq, viewerCount } = snapshot;
  const isSameEpoch = epoch === state.epoch;
  if (isSameEpoch && seq < state.seq) return { ...state, me, viewerCount };

  const isSeamless = isSameEpoch && seq === state.seq;
  const chats = new Map<string, Conversation>();
  const loading = new Map(isSeamless ? state.loading : undefined);
  for (const row of snapshot.conversations) {
    const { id } = row;
    const isOpen = state.open.has(id);
    const comments = isSeamless || isOpen ? state.chats.get(id)?.comments : undefined;
    chats.set(id, keyed({ ...row, isUnread: row.isUnread && !isOpen, ...(comments && { comments }) }, state.keys));
    if (isOpen && !isSeamless) loading.set(id, []);
  }
  const ahead = isSameEpoch ? [...state.ahead].filter(([at]) => at > seq) : [];
  const deleted = withDeleted(state, chats);
  const rest = { me, epoch, seq, viewerCount, chats, loading, deleted, isLoaded: true };
  return advance({ ...state, ...rest, ahead: new Map(ahead) });
}

/** Takes events of the room, in any order and any number of times. */
export function takeEvents(state: State, epoch: string, events: readonly RoomEvent[]): State {
  const news = events.filter(({ seq }) => epoch === state.epoch && seq > state.seq && !state.ahead.has(seq));
  if (news.length === 0) return state;
  const ahead = new Map(state.ahead);
  let settled = state;
  for (const event of news) {
    ahead.set(event.seq, event);
    // Both must agree: a broadcastId alone can be anybody's.
    if (event.userId === state.me?.id) settled = settle(settled, event.broadcastId, event);
  }
  return advance({ ...settled, ahead });
}

/** The server has done the write and says with which event. In a foreign epoch, the caller must take a snapshot. */
export function takeAnswer(state: State, broadcastId: string, epoch: string, event: RoomEvent | undefined): State {
  return takeEvents(settle(state, broadcastId, event), epoch, event ? [event] : []);
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
  const ahead = new Map(state.ahead);
  const loading = new Map(state.loading);
  for (let event = ahead.get(seq + 1); event; event = ahead.get(seq + 1)) {
    chats = reduce(chats, event, state);
    ahead.delete(++seq);
    const missed = loading.get(event.chatId);
    if (missed) loading.set(event.chatId, [...missed, event]);
  }
  return { ...state, seq, chats, ahead, loading, deleted: withDeleted(state, chats) };
}

/** The room after one event. Doing it twice is doing it once; deletions win. */
function reduce(chats: Chats, event: RoomEvent, { me, open, keys }: State): Chats {
  const { chatId, created, changed, comment } = event;
  const old = chats.get(chatId);
  const isNews = (author: Person | undefined) => author !== undefined && author.id !== me?.id && !open.has(chatId);
  if (event.isDeleted && old) return without(chats, chatId);
  if (created && !old) {
    const comments = created.comments?.map((first) => keyed(first, keys)) ?? [];
    return new Map(chats).set(chatId, keyed({ ...created, comments, isUnread: isNews(created.createdBy) }, keys));
  }
  if (!changed || !old) return chats;
  const isUnread = old.isUnread || (!comment?.editedAt && isNews(comment?.author));
  const comments = old.comments && reduceComments(old.comments, event, keys);
  return new Map(chats).set(chatId, { ...old, ...changed, isUnread, ...(comments && { comments }) });
}

function reduceComments(comments: readonly Comment[], event: RoomEvent, keys: State["keys"]): readonly Comment[] {
  const { comment, deletedCommentId } = event;
  if (!comment) return deletedCommentId ? comments.filter(({ id }) => id !== deletedCommentId) : comments;
  const index = comments.findIndex(({ id }) => id === comment.id);
  const old = comments[index];
  // An edit of what is not there: it was read after its deletion.
  if (!old) return comment.editedAt ? comments : inOrder([...comments, keyed(comment, keys)]);
  // It was read after the event.
  if ((comment.editedAt ?? 0) <= (old.editedAt ?? 0)) return comments;
  return comments.with(index, keyed({ ...comment, author: old.author, at: old.at }, keys));
}

function inOrder(comments: readonly Comment[]): readonly Comment[] {
  return comments.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

/* ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** From now on, events of this conversation are kept until `takeComments`. */
export function startLoading(state: State, chatId: string): State {
  return { ...state, loading: new Map(state.loading).set(chatId, []) };
}

/** The comments as read some time after `startLoading`; what came meanwhile is put on top. */
export function takeComments(state: State, chatId: string, comments: readonly Comment[]): State {
  const old = state.chats.get(chatId);
  const missed = state.loading.get(chatId);
  if (!missed) return state; // given up by a snapshot
  let chats: Chats = state.chats;
  if (old) {
    const read = { ...old, comments: inOrder(comments).map((comment) => keyed(comment, state.keys)) };
    chats = missed.reduce((sum, event) => reduce(sum, event, state), new Map(chats).set(chatId, read) as Chats);
  }
  return { ...state, chats, loading: without(state.loading, chatId) };
}

export function openChat(state: State, chatId: string): State {
  return markRead({ ...state, open: new Set(state.open).add(chatId) }, chatId);
}

export function closeChat(state: State, chatId: string): State {
  const open = new Set(state.open);
  open.delete(chatId);
  return { ...state, open };
}

export function markRead(state: State, chatId: string): State {
  const chat = state.chats.get(chatId);
  return chat?.isUnread ? { ...state, chats: new Map(state.chats).set(chatId, { ...chat, isUnread: false }) } : state;
}

/** The server's id for an id that the view may still know as `~<broadcastId>`. */
export function realId(state: State, id: string): string {
  if (!id.startsWith("~")) return id;
  // The conversation's entry is older than that of its first comment.
  for (const [real, broadcastId] of state.keys) if (`~${broadcastId}` === id) return real;
  return id;
}

/* ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Shows the command. A failed one of the same kind with the same aim is dropped: this is the next try. */
export function addCommand(state: State, command: Command, at: number): State {
  const aim = aimOf(command);
  const pending = [...state.pending].filter(([, old]) => !(old.failure && aimOf(old.command) === aim));
  return withPending({ ...state, pending: new Map(pending) }, { command, at });
}

/** New texts have no aim but themselves, and so are never dropped. */
function aimOf(command: Command): string {
  const { type, broadcastId } = command;
  if (type === "create" || type === "reply") return broadcastId;
  return `${type} ${"commentId" in command ? command.commentId : command.chatId}`;
}

/** Shows a write as failed, if it is not settled yet. */
export function failCommand(state: State, broadcastId: string, failure: Failure): State {
  const pending = state.pending.get(broadcastId);
  return pending ? withPending(state, { ...pending, failure }) : state;
}

export function retryCommand(state: State, broadcastId: string): State {
  const pending = state.pending.get(broadcastId);
  return pending?.failure ? withPending(state, { command: pending.command, at: pending.at }) : state;
}

/** Takes a write back, and the replies that waited for it. Also returns what was typed. */
export function discardCommand(state: State, broadcastId: string): [State, string] {
  const isGone = ([id, { command }]: readonly [string, Pending]) =>
    id === broadcastId || ("chatId" in command && command.chatId === `~${broadcastId}`);
  const all = [...state.pending];
  const texts = all.filter(isGone).map(([, { command }]) => ("text" in command ? command.text : ""));
  return [{ ...state, pending: new Map(all.filter((entry) => !isGone(entry))) }, texts.join("\n\n")];
}

/** The writes that may be sent now: of each conversation the first that the server has not refused. */
export function nextWrites(state: State): readonly Pending[] {
  const lanes = new Map<string, Pending>();
  for (const [broadcastId, pending] of state.pending) {
    const { command } = pending;
    const lane = "chatId" in command ? realId(state, command.chatId) : `~${broadcastId}`;
    // A refused create stays: nothing can be written in a conversation that is not there.
    if (!lanes.has(lane) && (!isRefused(pending) || command.type === "create")) lanes.set(lane, pending);
  }
  return [...lanes.values()].filter((pending) => !isRefused(pending));
}

function isRefused({ failure }: Pending): boolean {
  return failure !== undefined && failure.code !== NO_ANSWER.code;
}

function withPending(state: State, pending: Pending): State {
  return { ...state, pending: new Map(state.pending).set(pending.command.broadcastId, pending) };
}

/** Ends a pending write; what it wrote keeps its broadcastId, and what was called `~…` gets its real id. */
function settle(state: State, broadcastId: string, event: RoomEvent | undefined): State {
  const pending = state.pending.get(broadcastId);
  if (!pending) return state;
  const keys = new Map(state.keys);
  const { command } = pending;
  if (event?.created) keys.set(event.chatId, broadcastId);
  for (const comment of event?.created?.comments ?? [event?.comment]) if (comment) keys.set(comment.id, broadcastId);
  const name = `~${command.broadcastId}`;
  const open =
    state.open.has(name) && event
      ? new Set([...state.open].map((id) => (id === name ? event.chatId : id)))
      : state.open;
  return { ...state, keys, open, pending: without(state.pending, broadcastId) };
}

function withDeleted(state: State, chats: Chats): Chats {
  const deleted = new Map<string, Conversation>();
  for (const { command } of state.pending.values()) {
    if (command.type !== "reply") continue;
    const id = realId(state, command.chatId);
    const chat = state.chats.get(id) ?? state.deleted.get(id);
    if (chat && !chats.has(id)) deleted.set(id, chat);
  }
  return deleted.size || state.deleted.size ? deleted : state.deleted;
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
function overlay(chats: Map<string, Conversation>, { command, at, failure }: Pending, state: State): void {
  const { broadcastId } = command;
  const author = state.me ? asPerson(state.me) : nobody;
  const status = {
    state: failure ? ("failed" as const) : ("pending" as const),
    ...(failure && { failure }),
    broadcastId,
  };
  const draft = (text: string): Comment => ({ id: `~${broadcastId}`, author, text, at, isEdited: false, ...status });

  if (command.type === "create") {
    const id = `~${broadcastId}`;
    const times = { createdAt: at, lastCommentAt: at };
    const flags = { isResolved: false, isUnread: false };
    const { anchor, text } = command;
    chats.set(id, {
      id,
      thread: "",
      anchor,
      createdBy: author,
      ...times,
      ...flags,
      commentCount: 1,
      ...status,
      comments: [draft(text)],
    });
    return;
  }

  const id = realId(state, command.chatId);
  const chat = chats.get(id) ?? (command.type === "reply" ? state.deleted.get(id) : undefined);
  if (!chat) return;
  const change = (changes: Partial<Conversation>) => chats.set(id, { ...chat, ...changes });
  const changeComment = (change: (comment: Comment) => readonly Comment[]) => {
    if ("commentId" in command && chat.comments) {
      const commentId = realId(state, command.commentId);
      return { comments: chat.comments.flatMap((comment) => (comment.id === commentId ? change(comment) : comment)) };
    }
    return {};
  };

  switch (command.type) {
    case "reply": {
      const comments = [...(chat.comments ?? []), draft(command.text)];
      const counted = { commentCount: chat.commentCount + 1, lastCommentAt: Math.max(at, chat.lastCommentAt) };
      change({ comments, ...(!failure && counted) });
      return;
    }
    case "edit":
      change(changeComment(({ id, author, at }) => [{ ...draft(command.text), id, author, at, isEdited: true }]));
      return;
    case "delete-comment":
      if (failure) change(changeComment((comment) => [{ ...comment, ...status }]));
      // The last comment takes its conversation with it.
      else if (chat.commentCount <= 1) chats.delete(id);
      else change({ ...changeComment(() => []), commentCount: chat.commentCount - 1 });
      return;
    case "resolve":
    case "delete":
      if (failure) change({ failure, failedBroadcastId: broadcastId });
      else if (command.type === "delete") chats.delete(id);
      else change({ isResolved: command.isResolved });
  }
}

/* ── Small things ───────────────────────────────────────────────────────────────────────────────────────────────────── */

function keyed<T extends Conversation | Comment>(thing: T, keys: State["keys"]): T {
  const broadcastId = keys.get(thing.id);
  return broadcastId === undefined ? thing : { ...thing, broadcastId };
}

function asPerson({ id, name, avatarSrc }: Person): Person {
  return avatarSrc === undefined ? { id, name } : { id, name, avatarSrc };
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
  const names = Object.keys(next) as (keyof T)[];
  const copy = { ...next };
  for (const name of names) copy[name] = share(old[name], next[name]);
  const isSame = names.length === Object.keys(old).length && names.every((name) => copy[name] === old[name]);
  return isSame ? old : copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
