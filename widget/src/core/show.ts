// What the reader sees: the room, what is ahead of it, and the own writes on top.

import type { Comment, Conversation, LinkState, View } from "./model";
import { lookAhead, resolution, type State } from "./store";
import { decodeChat, personOf } from "./wire";
import { chatOf, isRefused, type AnyCommand, type Pending } from "./writes";

/** The state as the reader sees it; whatever looks as in `before` is the same object. */
export function project(state: State, link: LinkState, refusal: string | undefined, before?: View): View {
  const shown = new Map(lookAhead(state));
  for (const pending of state.unsettled.values()) overlay(shown, pending, state);
  for (const { chatId, name } of state.typing) {
    const chat = shown.get(chatId);
    if (chat) shown.set(chatId, { ...chat, typing: [...(chat.typing ?? []), name] });
  }
  const view = {
    link,
    refusal,
    me: state.me,
    viewerCount: state.viewerCount,
    conversations: [...shown.values()].sort(byCreation),
    isLoaded: state.rooms.size > 0,
    toSend: [...state.unsettled.values()].filter((pending) => !isRefused(pending)).length,
  };
  return share(before, view);
}

function byCreation(a: Conversation, b: Conversation): number {
  const isNew = (chat: Conversation) => +chat.id.startsWith("~");
  return isNew(a) - isNew(b) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Shows a pending write on top of `chats`, or, if it failed, that it did. */
function overlay(chats: Map<string, Conversation>, pending: Pending, state: State): void {
  const { command, at, failure, chat: kept, by = state.me } = pending;
  const { type, broadcastId, commentId, text, isResolved, anchor }: AnyCommand = command;
  const { id: myId, name, avatarSrc } = by ?? personOf("");
  const author = personOf(myId, name, avatarSrc);
  const status = { state: failure ? "failed" : "pending", broadcastId, failure } as const;
  const draft: Comment = { id: `~${broadcastId}`, author, text: text ?? "", at, isEdited: false, ...status };
  const id = chatOf(command);
  const isNew = type === "create";
  const isText = isNew || type === "reply";
  const blank = {
    ...decodeChat({ _id: id, createdBy: author, commentCount: 0, anchor: anchor ?? null }, at),
    ...status,
  };
  const chat = isNew ? blank : (chats.get(id) ?? (isText && kept));
  if (!chat) return;

  const isDone = !failure;
  const changeComment = (change: (comment: Comment) => Comment[]) =>
    chat.comments?.flatMap((comment) => (comment.id === commentId ? change(comment) : comment));
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
    changes = { comments, commentCount: chat.commentCount - +isDone };
  } else if (isDone) {
    changes = type === "resolve" ? resolution(!!isResolved, name, at) : { commentCount: 0 };
  } else changes = { failure, failedBroadcastId: broadcastId };
  const shown = { ...chat, ...changes } as Conversation;
  // Without a comment there is no conversation.
  if (shown.commentCount) chats.set(id, shown);
  else chats.delete(id);
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
