// The wire's shapes (CONTRACT §3, §5) and their translation into the model: wire names end here and in the store's
// reducer. Fields that a frame leaves out, because they equal the event's own or the default, are filled in here.

import type { Anchor, Command, Comment, Conversation, Me, Person } from "./model";

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
  readonly editedAt?: number | null;
  /** False while it waits for a moderator: only its author gets it then. */
  readonly approved?: boolean;
}

export interface WireChat {
  readonly _id: string;
  readonly urlId?: string;
  readonly anchor?: Anchor | null;
  readonly createdAt?: number;
  readonly createdBy?: Person;
  readonly commentCount?: number;
  readonly lastCommentAt?: number;
  readonly isResolved?: boolean;
  readonly resolvedBy?: string | null;
  readonly resolvedAt?: number | null;
  readonly isUnread?: boolean;
  readonly isLocked?: boolean;
  readonly isPinned?: boolean;
  /** The room that it lives in, if that is not the page's. */
  readonly room?: string | undefined;
}

/** An event of a room; presence and typing have no `seq`. Unknown types only move the position. */
export interface WireEvent {
  readonly type?: string;
  readonly urlId?: string;
  readonly seq: number;
  readonly timestamp?: number;
  readonly broadcastId?: string;
  readonly userId?: string;
  readonly chat?: WireChat;
  readonly comment?: WireComment;
  readonly deletedCommentId?: string;
  /** Presence: how many people have the page open. */
  readonly sc?: number;
  /** Typing: where, and who. */
  readonly chatId?: string;
  readonly user?: { readonly id: string; readonly name: string };
}

/** What the server says on the socket; the names are those of all its messages together. */
export interface WireFrame extends WireEvent {
  readonly epoch?: string;
  readonly result?: "resumed" | "reset";
  readonly reason?: string;
  readonly heads?: Readonly<Record<string, number>>;
  readonly reconnectMs?: readonly [fromMs: number, toMs: number];
  readonly code?: string;
}

export interface WireSnapshot {
  readonly user: WireUser;
  readonly conversations: readonly WireChat[];
  readonly epoch: string;
  readonly seq: number;
  /** The page's own room, then those of conversations that only some may see; absent if there is only the first. */
  readonly rooms?: readonly { readonly urlId: string; readonly epoch: string; readonly seq: number }[];
  readonly viewerCount?: number;
  /** The live channel's token. */
  readonly userIdWS: string;
  /** The events of those writes that were asked after and are done. */
  readonly settled?: readonly WireEvent[];
}

export function decodeMe({ id, displayName, username, avatarSrc, ...is }: WireUser): Me {
  return {
    ...personOf(id, displayName || username, avatarSrc),
    isGuest: !!is.isAnonSession,
    isModerator: is.isAdmin || is.isModerator || false,
  };
}

/** The event that brings a comment says when and by whom, where the comment itself does not. */
export function decodeComment(wire: WireComment, { timestamp = 0, userId = "" }: Partial<WireEvent> = {}): Comment {
  const { _id, commentHTML = "", commenterName, date = timestamp, editedAt } = wire;
  return {
    id: _id,
    author: personOf(wire.userId ?? wire.anonUserId ?? userId, commenterName, wire.avatarSrc),
    html: commentHTML,
    at: +new Date(date),
    isEdited: !!editedAt,
    editedAt,
    isHeld: wire.approved === false,
    state: "sent",
  };
}

export function decodeChat(wire: WireChat, timestamp = 0): Conversation {
  const { createdAt = timestamp, room } = wire;
  return {
    id: wire._id,
    thread: wire.urlId ?? "",
    room,
    anchor: wire.anchor ?? undefined,
    createdAt,
    createdBy: wire.createdBy ?? personOf(""),
    commentCount: wire.commentCount ?? 1,
    lastCommentAt: wire.lastCommentAt ?? createdAt,
    isResolved: !!wire.isResolved,
    resolvedBy: wire.resolvedBy ?? undefined,
    resolvedAt: wire.resolvedAt ?? undefined,
    isUnread: !!wire.isUnread,
    isLocked: !!wire.isLocked,
    isPinned: !!wire.isPinned,
    state: "sent",
  };
}

export function personOf(id: string, name?: string | null, avatarSrc?: string | null): Person {
  return { id, name: name ?? "", avatarSrc };
}

/** Where a write is made: on which page, in which thread, under which name. Ids in `command` must be the server's. */
export interface WriteContext {
  readonly urlId: string;
  readonly url: string;
  readonly pageTitle: string;
  /** The conversation's thread; only for a reply. */
  readonly thread: string;
}

/** A write, to be sent to `/<collection>/<tenantId><rest>`; its broadcastId goes into query and body. */
export type WireRequest = readonly [method: string, collection: string, rest: string, body?: object];

export function encodeCommand(command: Command, page: WriteContext): WireRequest {
  const { urlId, url, pageTitle, thread } = page;
  const chats = "comment-collab-chats";
  const comments = "comments";
  switch (command.type) {
    case "create": {
      const { selector, range, anchor, text } = command;
      const comment = { comment: text, url, urlId, pageTitle };
      // A room's name is limited, and the server may append to it; the page's part gives way.
      const urlIdWithRange = [...`${urlId}:${selector}:${range}`].slice(-990).join("");
      return ["POST", chats, "", { urlId, urlIdWithRange, pageTitle, selector, range, anchor, comment }];
    }
    case "reply":
      return ["POST", comments, "", { comment: command.text, url, urlId: thread }];
    case "edit":
      return ["POST", comments, `/${command.commentId}/update-text`, { comment: command.text }];
    case "delete-comment":
      return ["DELETE", comments, `/${command.commentId}`];
    case "resolve":
      return ["PATCH", chats, `/${command.chatId}`, { isResolved: command.isResolved }];
    case "delete":
      return ["DELETE", chats, `/${command.chatId}`];
  }
}
