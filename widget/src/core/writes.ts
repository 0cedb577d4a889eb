// This reader's own writes, until they are settled: what is pending, in which order it is sent, what ends it.

import type { Anchor, Command, Conversation, Failure, Me } from "./model";
import { lookAhead, type State } from "./store";
import { decodeChat, type WireEvent } from "./wire";

export interface Pending {
  readonly command: Command;
  /** When it was given, epoch ms of this browser; rising. */
  readonly at: number;
  /** Shown as failed. With some, the write is still being tried. */
  readonly failure?: Failure | undefined;
  /** The conversation without its comments: a reply is shown in it, and its text not lost, when that is gone. */
  readonly chat?: Conversation | undefined;
  /** Who gave it; absent if it was given on this page, by whoever is here. */
  readonly by?: Me | undefined;
}

/** The failure of a write that is still being tried. */
export const NO_ANSWER: Failure = { code: "no-answer" };

/** The server knows a write again for 7 days; a repetition must come well before that. */
const KEPT_MS = 6 * 86_400_000;

/** A command with all that one may have. */
export interface AnyCommand {
  readonly type: Command["type"];
  readonly broadcastId: string;
  readonly chatId?: string;
  readonly commentId?: string;
  readonly text?: string;
  readonly isResolved?: boolean;
  readonly anchor?: Anchor;
}

/** Shows the command. A failed one of the same kind with the same aim is dropped: this is the next try. */
export function addCommand(state: State, given: Command, at: number): State {
  const command = named(state, given);
  const aim = aimOf(command);
  const others = [...state.unsettled].filter(([, old]) => !old.failure || aimOf(old.command) !== aim);
  const chat = lookAhead(state).get(chatOf(command));
  // Those that come back from the outbox are put in order by it.
  const last = others.at(-1)?.[1].at ?? 0;
  return {
    ...state,
    unsettled: new Map(others).set(command.broadcastId, {
      command,
      at: Math.max(at, last + 1),
      chat: chat && { ...chat, comments: undefined },
    }),
  };
}

/** Shows the writes that an earlier page of this browser left, by the one who gave them; those that are too old have failed. */
export function takeOutbox(state: State, kept: readonly Pending[], now: number): State {
  const unsettled = new Map(state.unsettled);
  for (const one of [...kept].sort((a, b) => a.at - b.at)) {
    const failure = now - one.at > KEPT_MS ? { code: "too-old" } : undefined;
    unsettled.set(one.command.broadcastId, isRefused(one) ? one : { ...one, failure });
  }
  return { ...state, me: state.me ?? kept[0]?.by, unsettled };
}

/** The command with the server's ids, as far as they are known. */
function named(state: State, command: Command): Command {
  const { chatId, commentId }: AnyCommand = command;
  return {
    ...command,
    chatId: chatId && realId(state, chatId),
    commentId: commentId && realId(state, commentId, true),
  } as Command;
}

/** The server's id for a conversation's or comment's id that the view may still know as `~<broadcastId>`. */
export function realId(state: State, name: string, isComment?: boolean): string {
  // A create has made both; the conversation's entry is the older.
  const ids = [...state.keys].filter(([, broadcastId]) => `~${broadcastId}` === name);
  return ids.at(isComment ? -1 : 0)?.[0] ?? name;
}

/** New texts have no aim but themselves, and so are never dropped. */
function aimOf({ type, broadcastId, chatId, commentId }: AnyCommand): string {
  return type + (type === "reply" || chatId === undefined ? broadcastId : chatId) + commentId;
}

/** The conversation that a command is about, by the name that it was given. */
export function chatOf({ chatId, broadcastId }: AnyCommand): string {
  return chatId ?? `~${broadcastId}`;
}

/** Shows a write as failed, if it is not settled yet; or, without `failure`, as pending again. */
export function failCommand(state: State, broadcastId: string, failure?: Failure): State {
  const pending = state.unsettled.get(broadcastId);
  return pending ? { ...state, unsettled: new Map(state.unsettled).set(broadcastId, { ...pending, failure }) } : state;
}

/** Takes a write back, and the replies that waited for it. */
export function discardCommand(state: State, broadcastId: string): State {
  const rest = [...state.unsettled].filter(
    ([id, { command }]) => id !== broadcastId && chatOf(command) !== `~${broadcastId}`,
  );
  return { ...state, unsettled: new Map(rest) };
}

/** The writes that may be sent now: of each conversation the first that the server has not refused. */
export function nextWrites(state: State): readonly Pending[] {
  const lanes = new Map<string, Pending>();
  for (const pending of state.unsettled.values()) {
    const lane = chatOf(pending.command);
    // A refused create stays: nothing can be written in a conversation that is not there.
    if (!lanes.has(lane) && (!isRefused(pending) || pending.command.type === "create")) lanes.set(lane, pending);
  }
  return [...lanes.values()].filter((pending) => !isRefused(pending));
}

/** The server will not do it as it is, or must not be asked any more; all else is tried until there is an answer. */
export function isRefused({ failure }: Pending): boolean {
  return !!failure && !/^(no-answer|rate-limited)$/.test(failure.code);
}

/** Ends a pending write; what it wrote keeps its broadcastId, and what was called `~…` gets its real id. */
export function settle(state: State, { type, broadcastId = "", chat, comment, timestamp }: WireEvent): State {
  if (!state.unsettled.has(broadcastId)) return state;
  const keys = new Map(state.keys);
  const name = `~${broadcastId}`;
  const id = chat?._id ?? "";
  if (type === "new-text-chat") keys.set(id, broadcastId);
  if (comment) keys.set(comment._id, broadcastId);
  const unsettled = new Map<string, Pending>();
  for (const [key, one] of state.unsettled) {
    const { chatId, commentId }: AnyCommand = one.command;
    // What waits for this may be all that a later page has.
    if (chatId === name || commentId === name)
      unsettled.set(key, {
        ...one,
        command: named({ ...state, keys }, one.command),
        chat: one.chat ?? (chat && decodeChat(chat, timestamp)),
      });
    else if (key !== broadcastId) unsettled.set(key, one);
  }
  const open = new Set([...state.open].map((one) => (one === name ? id : one)));
  return { ...state, keys, open, unsettled };
}
