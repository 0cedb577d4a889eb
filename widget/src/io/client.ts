// One container's client: its store, worn by HTTP and the page's line.
//
//   command ─▶ store (shown at once, kept in the outbox) ─▶ write() ─▶ HTTP ─▶ answer ─┐
//   line: snapshot, frames, other tabs ────────────────────────────────────────────────┼─▶ store ─▶ View ─▶ listeners,
//   comments that were read ───────────────────────────────────────────────────────────┘            once a frame

import { backoffMs } from "../core/backoff";
import type { Command, Failure, View } from "../core/model";
import { project } from "../core/show";
import * as store from "../core/store";
import { decodeComment, encodeCommand, type WireComment } from "../core/wire";
import * as writes from "../core/writes";
import type { Answer } from "./http";
import { joinLine, type Member } from "./line";
import { keepOutbox, readOutbox } from "./outbox";
import { createTimers } from "./timers";

export interface ClientOptions {
  /** Origin for HTTP, without a slash at the end. */
  server: string;
  /** Origin of the live channel, if it is another. */
  wsHost?: string;
  tenantId: string;
  urlId: string;
  url: string;
  pageTitle: string;
  /** Secure SSO `{userDataJSONBase64, verificationHash, timestamp}` or simple. */
  sso?: unknown;
  readonly: boolean;
  locale: string;
}

export interface Client {
  readonly view: View;
  /** Called after every change, at most once per animation frame; returns the unsubscribe. */
  subscribe(listener: (view: View) => void): () => void;
  /** Shows at once, then writes. */
  send(command: Command): void;
  retry(broadcastId: string): void;
  /** Takes a failed write back and returns the typed text. */
  discard(broadcastId: string): string;
  /** Loads a conversation's comments (and keeps them live); marks it read here. */
  open(chatId: string): void;
  close(chatId: string): void;
  /** The reader is typing in a stored conversation; others are told, at most every 3 s. */
  typing(chatId: string): void;
  /** The comment as typed (Markdown), for editing; rejects with an Error whose message is the code. */
  sourceText(chatId: string, commentId: string): Promise<string>;
  /** Asks the moderators to look at a comment; undefined = done. */
  flag(commentId: string): Promise<Failure | undefined>;
  /** Gives a guest a name; undefined = done. */
  setName(name: string): Promise<Failure | undefined>;
  /** "Try now". */
  reconnect(): void;
  destroy(): void;
}

/** What the client uses of the browser's globals; tests bring their own. */
export type Environment = Pick<
  Window & typeof globalThis,
  | "addEventListener"
  | "BroadcastChannel"
  | "cancelAnimationFrame"
  | "clearTimeout"
  | "Date"
  | "document"
  | "fetch"
  | "localStorage"
  | "Math"
  | "navigator"
  | "requestAnimationFrame"
  | "setTimeout"
  | "WebSocket"
>;

/** A write that has had no success for so long is shown as failed, though it is still tried. */
const NO_ANSWER_AFTER_MS = 10_000;
const TYPING_EVERY_MS = 3_000;

export function createClient(options: ClientOptions, env: Environment = window): Client {
  const { server, tenantId, urlId, url, pageTitle } = options;
  const prefix = `collabchat:${server}:${tenantId}:${urlId}:`;
  const listeners = new Set<(view: View) => void>();
  /** Writes under way. */
  const writing = new Set<string>();
  /** The latest reading of each conversation's comments. */
  const readings = new Map<string, object>();
  /** What ends the pauses between attempts before their time. */
  const pauses = new Set<() => void>();
  const [after, endTimers] = createTimers(env);
  const now = () => env.Date.now();
  let isOver = false;
  let state = store.startState(urlId);
  let view: View | undefined;
  let shown: View;
  let frame: number | undefined;
  let typedAt = 0;

  if (!options.readonly) state = writes.takeOutbox(state, readOutbox(prefix, env), now());
  const member: Member = {
    get state() {
      return state;
    },
    update,
    refresh() {
      for (const chatId of state.loading.keys()) void readComments(chatId);
    },
    revive,
    show,
  };
  const line = joinLine(options, env, member);
  const { http } = line;
  shown = currentView();

  /* ── State and view ─────────────────────────────────────────────────────────────────────────────────────────────── */

  function update(next: store.State): void {
    if (next === state || isOver) return;
    const before = state;
    state = next;
    keepOutbox(prefix, env, before, state);
    const { rooms } = state;
    if (rooms !== before.rooms) line.feed({ type: "at", room: member, missing: store.countMissing(state) });
    show();
    // Before there is a snapshot it is not known who is here.
    if (rooms.size) for (const { command } of writes.nextWrites(state)) void write(command.broadcastId);
  }

  function show(): void {
    frame ??= env.requestAnimationFrame(() => {
      frame = undefined;
      const before = shown;
      shown = currentView();
      if (shown !== before) for (const listener of listeners) listener(shown);
    });
  }

  function currentView(): View {
    const [link, refusal] = line.link(member);
    return (view = project(state, link, refusal, view));
  }

  /** Waits, unless woken. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        callOff();
        pauses.delete(wake);
        resolve();
      };
      const callOff = after(ms, wake);
      pauses.add(wake);
    });
  }

  /** There is reason to try at once what failed before. */
  function revive(): void {
    for (const wake of pauses) wake();
  }

  /* ── Reading and writing ────────────────────────────────────────────────────────────────────────────────────────── */

  /** Tries until it succeeds, is replaced, or the conversation is gone. The server notes what has been read. */
  async function readComments(chatId: string): Promise<void> {
    const reading = {};
    readings.set(chatId, reading);
    update(store.startLoading(state, chatId));
    for (let attempt = 0; ; attempt++) {
      const urlId = state.chats.get(chatId)?.thread;
      if (!urlId) return;
      const { failure, body } = await http.call("GET", "comments", "", { urlId, direction: "OF", page: "-1" });
      if (isOver || readings.get(chatId) !== reading) return;
      if (!failure) {
        const comments = body.comments.map((comment: WireComment) => decodeComment(comment));
        return update(store.takeComments(state, chatId, comments));
      }
      await pause(backoffMs(attempt, env.Math.random()) + 1000 * (failure.retryAfterS ?? 0));
    }
  }

  /** Sends a write until it is settled, refused or taken back. */
  async function write(broadcastId: string): Promise<void> {
    if (writing.has(broadcastId)) return;
    writing.add(broadcastId);
    const lateAt = now() + NO_ANSWER_AFTER_MS;
    const fail = (failure: Failure) => update(writes.failCommand(state, broadcastId, failure));
    // Without a line nobody can answer: that is no failure.
    const complain = () => line.link(member)[2] && fail(writes.NO_ANSWER);
    const callOff = after(NO_ANSWER_AFTER_MS, complain);
    let answer: Answer | undefined;
    for (let attempt = 0, pending; (pending = state.unsettled.get(broadcastId)); attempt++) {
      answer = await send(pending.command);
      if (isOver) return;
      const { failure, status } = answer;
      if (!failure || (status >= 400 && status < 500 && status !== 429)) break;
      answer = undefined;
      const { retryAfterS = 0 } = failure;
      if (retryAfterS) {
        callOff();
        fail(failure);
        // Sooner is no use.
        await new Promise<void>((resolve) => after(1000 * retryAfterS, resolve));
      } else {
        if (now() >= lateAt) complain();
        await pause(backoffMs(attempt, env.Math.random()));
      }
    }
    callOff();
    writing.delete(broadcastId);
    if (!answer) return;
    if (answer.failure) return fail(answer.failure);
    const { epoch, event } = answer.body;
    update(store.takeAnswer(state, event, epoch));
    if (epoch !== state.rooms.get(event.urlId)?.epoch) line.feed({ type: "reset", room: member });
  }

  function send(command: Command): Promise<Answer> {
    const { broadcastId, chatId = "" }: writes.AnyCommand = command;
    const thread = (state.chats.get(chatId) ?? state.unsettled.get(broadcastId)?.chat)?.thread ?? "";
    const [method, collection, rest, body] = encodeCommand(command, { urlId, url, pageTitle, thread });
    return http.call(method, collection, rest, { urlId: thread, broadcastId }, { ...body, broadcastId });
  }

  return {
    get view() {
      return currentView();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(command) {
      if (!options.readonly) update(writes.addCommand(state, command, now()));
    },
    retry(broadcastId) {
      update(writes.failCommand(state, broadcastId));
      revive();
    },
    discard(broadcastId) {
      const { text = "" }: Partial<writes.AnyCommand> = state.unsettled.get(broadcastId)?.command ?? {};
      update(writes.discardCommand(state, broadcastId));
      return text;
    },
    open(name) {
      const chatId = writes.realId(state, name);
      const { me, chats, loading } = state;
      if (me && chats.get(chatId)?.isUnread) line.tell({ userId: me.id, chatId });
      update(store.openChat(state, chatId));
      if (!loading.has(chatId)) void readComments(chatId);
    },
    close(name) {
      update(store.closeChat(state, writes.realId(state, name)));
    },
    typing(name) {
      const chatId = writes.realId(state, name);
      const [, , isLive] = line.link(member);
      const chat = state.chats.get(chatId);
      if (!isLive || !chat || now() - typedAt < TYPING_EVERY_MS) return;
      typedAt = now();
      line.say({ type: "typing", urlId: chat.room ?? urlId, chatId });
    },
    async sourceText(_, commentId) {
      const { failure, body } = await http.call("GET", "comments", `/${writes.realId(state, commentId, true)}/text`);
      if (failure) throw new Error(failure.code);
      return body.commentText;
    },
    async flag(commentId) {
      return (await http.call("POST", "comments", `/${commentId}/flag`, {})).failure;
    },
    async setName(name) {
      return (await http.setName(name)).failure;
    },
    reconnect() {
      line.feed({ type: "try" });
      revive();
    },
    destroy() {
      isOver = true;
      line.leave(member);
      endTimers();
      if (frame) env.cancelAnimationFrame(frame);
      listeners.clear();
    },
  };
}
