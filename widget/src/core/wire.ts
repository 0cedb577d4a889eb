// The wire's shapes (CONTRACT §3, §5) and their translation into the model: wire names end here.
//
// Fields that a frame leaves out, because they equal the event's own or the default, are filled in here, so that the
// store sees one complete shape. What cannot be read becomes `undefined`, or an event without effect.

import type { Anchor, Command, Comment, Conversation, Me, Person } from "./model";

/** A sequenced event of the page room. Exactly one of `created`, `changed`, `isDeleted` is set, or none: then it is unknown. */
export interface RoomEvent {
  readonly seq: number;
  readonly broadcastId: string;
  readonly userId: string;
  readonly chatId: string;
  /** A new conversation, complete with its first comment. */
  readonly created?: Conversation;
  /** The fields of a known conversation that are different now. */
  readonly changed?: Partial<Conversation>;
  /** With `changed`: a comment that is new, or, with `editedAt`, edited. */
  readonly comment?: Comment;
  readonly deletedCommentId?: string;
  readonly isDeleted?: true;
}

/** How many people have the page open; not sequenced, the last one holds. */
export interface Presence {
  readonly viewerCount: number;
}

export interface Snapshot {
  readonly me: Me;
  readonly epoch: string;
  readonly seq: number;
  readonly viewerCount: number;
  readonly conversations: readonly Conversation[];
  /** The query of /sub: the ticket to the live channel. */
  readonly ticket: { readonly urlId: string; readonly userIdWS: string; readonly tenantIdWS: string };
}

export interface LogPage {
  readonly events: readonly RoomEvent[];
  readonly epoch: string;
  /** The log's head. */
  readonly seq: number;
  readonly isReset: boolean;
  readonly hasMore: boolean;
}

/** A write, ready to be sent: to `/<collection>/<tenantId><rest>`. */
export interface WireRequest {
  readonly method: string;
  readonly collection: string;
  readonly rest: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface WirePerson {
  readonly id: string;
  readonly name?: string;
  readonly avatarSrc?: string | null;
}

export interface WireUser {
  readonly id: string;
  readonly username?: string;
  readonly displayName?: string | null;
  readonly avatarSrc?: string | null;
  readonly isAnonSession?: boolean;
  readonly isAdmin?: boolean;
  readonly isModerator?: boolean;
}

export interface WireComment {
  readonly _id: string;
  readonly commentHTML?: string;
  readonly commenterName?: string | null;
  readonly userId?: string | null;
  readonly anonUserId?: string | null;
  readonly avatarSrc?: string | null;
  readonly date?: string | number;
  readonly editedAt?: string | number | null;
}

export interface WireChat {
  readonly _id: string;
  readonly urlId?: string;
  readonly anchor?: Anchor | null;
  readonly createdAt?: number;
  readonly createdBy?: WirePerson;
  readonly commentCount?: number;
  readonly lastCommentAt?: number;
  readonly isResolved?: boolean;
  readonly isUnread?: boolean;
}

export interface WireEvent {
  readonly type?: string;
  readonly seq?: number;
  readonly timestamp?: number;
  readonly broadcastId?: string;
  readonly userId?: string;
  readonly chat?: WireChat;
  readonly comment?: WireComment;
  readonly deletedCommentId?: string;
  readonly sc?: number;
}

export interface WireSnapshot {
  readonly user: WireUser;
  readonly conversations: readonly WireChat[];
  readonly epoch: string;
  readonly seq: number;
  readonly viewerCount?: number;
  readonly tenantIdWS: string;
  readonly urlIdWS: string;
  readonly userIdWS: string;
}

export interface WireLog {
  readonly events: readonly { readonly data: string }[];
  readonly epoch: string;
  readonly seq: number;
  readonly result?: string;
  readonly hasMore?: boolean;
}

/** One text frame, or one entry of the event log. */
export function decodeFrame(text: string): RoomEvent | Presence | undefined {
  let wire: WireEvent | null;
  try {
    wire = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (wire?.type === "p-u") return wire.sc === undefined ? undefined : { viewerCount: wire.sc };
  return wire ? decodeEvent(wire) : undefined;
}

/** `undefined` for what has no number; an unknown type keeps its number, so that the position can pass it. */
export function decodeEvent(wire: WireEvent): RoomEvent | undefined {
  const { type, seq, timestamp = 0, chat, comment } = wire;
  if (typeof seq !== "number") return undefined;
  const userId = wire.userId ?? "";
  const event = { seq, userId, broadcastId: wire.broadcastId ?? "", chatId: chat?._id ?? "" };
  if (!chat) return event;
  if (type === "deleted-text-chat") return { ...event, isDeleted: true };
  if (type === "new-text-chat") {
    const created = decodeChat(chat, timestamp, userId);
    const first = comment && { ...decodeComment(comment, timestamp, userId), author: created.createdBy };
    return { ...event, created: { ...created, comments: first ? [first] : [] } };
  }
  if (type !== "updated-text-chat") return event;
  const { anchor, commentCount, isResolved } = chat;
  const lastCommentAt = chat.lastCommentAt ?? (comment && !comment.editedAt ? timestamp : undefined);
  return known<RoomEvent>({
    ...event,
    changed: known<Partial<Conversation>>({ anchor: anchor ?? undefined, commentCount, lastCommentAt, isResolved }),
    comment: comment && decodeComment(comment, timestamp, userId),
    deletedCommentId: wire.deletedCommentId,
  });
}

export function decodeSnapshot(wire: WireSnapshot): Snapshot {
  const { tenantIdWS, urlIdWS, userIdWS, epoch, seq } = wire;
  return {
    me: decodeMe(wire.user),
    epoch,
    seq,
    viewerCount: wire.viewerCount ?? 1,
    conversations: wire.conversations.map((chat) => decodeChat(chat, 0, "")),
    ticket: { urlId: urlIdWS, userIdWS, tenantIdWS },
  };
}

export function decodeLog(wire: WireLog): LogPage {
  return {
    events: wire.events.map(({ data }) => decodeFrame(data)).filter((event) => event !== undefined && "seq" in event),
    epoch: wire.epoch,
    seq: wire.seq,
    isReset: wire.result === "reset",
    hasMore: wire.hasMore ?? false,
  };
}

export function decodeMe(user: WireUser): Me {
  return {
    ...decodePerson({ ...user, name: user.displayName || user.username || "" }),
    isGuest: user.isAnonSession ?? false,
    isModerator: Boolean(user.isAdmin || user.isModerator),
  };
}

/** `at` and `authorId` hold where the comment says nothing itself. */
export function decodeComment(wire: WireComment, at = 0, authorId = ""): Comment {
  const editedAt = wire.editedAt ? toMs(wire.editedAt) : undefined;
  return known<Comment>({
    id: wire._id,
    author: decodePerson({
      id: wire.userId ?? wire.anonUserId ?? authorId,
      name: wire.commenterName ?? "",
      avatarSrc: wire.avatarSrc ?? null,
    }),
    html: wire.commentHTML ?? "",
    at: wire.date === undefined ? at : toMs(wire.date),
    isEdited: editedAt !== undefined,
    editedAt,
    state: "sent",
  });
}

function decodeChat(wire: WireChat, at: number, creatorId: string): Conversation {
  const createdAt = wire.createdAt ?? at;
  return known<Conversation>({
    id: wire._id,
    thread: wire.urlId ?? "",
    anchor: wire.anchor ?? undefined,
    createdAt,
    createdBy: decodePerson(wire.createdBy ?? { id: creatorId }),
    commentCount: wire.commentCount ?? 1,
    lastCommentAt: wire.lastCommentAt ?? createdAt,
    isResolved: wire.isResolved ?? false,
    isUnread: wire.isUnread ?? false,
    state: "sent",
  });
}

function decodePerson({ id, name = "", avatarSrc }: WirePerson): Person {
  return avatarSrc ? { id, name, avatarSrc } : { id, name };
}

/** FC dates are ISO strings, all other times epoch ms. */
function toMs(time: string | number): number {
  return typeof time === "number" ? time : Date.parse(time);
}

/** The value without its `undefined` fields: absent and undefined must not look like a change. */
function known<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** Where a write is made: on which page, in which thread, under which name. Ids in `command` must be the server's. */
export interface WriteContext {
  readonly urlId: string;
  readonly url: string;
  readonly pageTitle: string;
  readonly commenterName: string;
  /** The conversation's thread; only for a reply. */
  readonly thread: string;
}

export function encodeCommand(command: Command, page: WriteContext): WireRequest {
  const { broadcastId } = command;
  const { urlId, url, pageTitle, commenterName, thread } = page;
  const query = { broadcastId };
  const onChat = (method: string, rest: string, body: object): WireRequest => ({
    method,
    collection: "comment-collab-chats",
    rest,
    body: { ...body, broadcastId },
  });
  const onComment = (method: string, rest: string, body?: object): WireRequest => ({
    method,
    collection: "comments",
    rest,
    query,
    ...(body && { body }),
  });
  switch (command.type) {
    case "create": {
      const { selector, range, anchor, text } = command;
      const comment = { comment: text, commenterName, url, urlId, pageTitle };
      const urlIdWithRange = nameThread(urlId, `:${selector}:${range}`);
      return onChat("POST", "", { urlId, urlIdWithRange, pageTitle, selector, range, anchor, comment });
    }
    case "reply": {
      const body = { commenterName, comment: command.text, url, urlId: thread };
      return { ...onComment("POST", "", body), query: { urlId: thread, broadcastId } };
    }
    case "edit":
      return onComment("POST", `/${command.commentId}/update-text`, { comment: command.text });
    case "delete-comment":
      return onComment("DELETE", `/${command.commentId}`);
    case "resolve":
      return onChat("PATCH", `/${command.chatId}`, { isResolved: command.isResolved });
    case "delete":
      return onChat("DELETE", `/${command.chatId}`, {});
  }
}

const MAX_THREAD_LENGTH = 1000;

/** A room's name has at most 1,000 characters; the page's part gives way, never in the middle of a surrogate pair. */
function nameThread(urlId: string, place: string): string {
  const room = Math.max(0, MAX_THREAD_LENGTH - place.length);
  return (urlId.slice(0, room).replace(/[\uD800-\uDBFF]$/, "") + place).slice(0, MAX_THREAD_LENGTH);
}
