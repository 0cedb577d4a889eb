// The client: the pure store and link, worn by HTTP, socket, timers and the browser's events.
//
//   command ─▶ store (shown at once) ─▶ write() ─▶ HTTP ─▶ answer ─┐
//   socket frame ──────────────────────────────────────────────────┼─▶ store ─▶ View ─▶ listeners, once a frame
//   event log ─────────────────────────────────────────────────────┘
//   browser, socket, HTTP ─▶ link.feed ─▶ effects: load · dial · hang-up · read-log

import { backoffMs } from "../core/backoff";
import { linkState, nextWakeAt, startLink, stepLink, type LinkInput } from "../core/link";
import type { Command, Failure, View } from "../core/model";
import * as store from "../core/store";
import { decodeComment, encodeCommand, type WireComment, type WireEvent } from "../core/wire";
import { createHttp, type Answer, type Session } from "./http";

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
  /** The comment as typed (Markdown), for editing; rejects with an Error whose message is the code. */
  sourceText(chatId: string, commentId: string): Promise<string>;
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

/**
 * What the tabs of one reader tell each other, because the server does not: a guest's new session, or what has been read.
 * Own writes need none of this; they come to every tab as events.
 */
interface TabMessage {
  readonly userId: string;
  readonly session?: Session;
  readonly chatId?: string;
}

export function createClient(options: ClientOptions, env: Environment = window): Client {
  const { server, tenantId, urlId } = options;
  const listeners = new Set<(view: View) => void>();
  const timers = new Set<number>();
  /** Writes under way. */
  const writing = new Set<string>();
  /** The latest reading of each conversation's comments. */
  const readings = new Map<string, object>();
  /** What ends the pauses between attempts before their time. */
  const pauses = new Set<() => void>();
  const gone = new AbortController();
  const { signal } = gone;
  const now = () => env.Date.now();
  let state = store.emptyState;
  let link = startLink(now(), env.navigator.onLine);
  /** The query of /sub. */
  let ticket: Record<"urlId" | "userIdWS" | "tenantIdWS", string> | undefined;
  let socket: WebSocket | undefined;
  let view = store.project(state, linkState(link, now()), undefined);
  let shown = view;
  let isStale = false;
  let frame: number | undefined;
  let stopLink: (() => void) | undefined;
  let logReading = 0;

  const channel = new env.BroadcastChannel(`collabchat:${server}:${tenantId}`);
  const tell = (message: TabMessage): void => {
    if (!signal.aborted) channel.postMessage(message);
  };
  channel.onmessage = ({ data: { userId, session, chatId } }: MessageEvent<TabMessage>) => {
    const { me } = state;
    if (userId !== me?.id) return;
    if (session) http.adopt(session);
    update(chatId ? store.markRead(state, chatId) : { ...state, me: { ...me, name: session?.name ?? "" } });
  };

  const http = createHttp(
    options,
    (session, me) => {
      // The live channel's ticket and what is unread belong to the one who was here before.
      const isOther = !me || (state.me && state.me.id !== me.id);
      if (me) update({ ...state, me });
      if (me?.isGuest) tell({ userId: me.id, session });
      if (isOther) feed({ type: "closed", code: 4401 });
    },
    after,
    env,
  );

  /* ── State and view ─────────────────────────────────────────────────────────────────────────────────────────────── */

  function update(next: store.State): void {
    if (next === state || signal.aborted) return;
    state = next;
    show();
    for (const { command } of store.nextWrites(state)) void write(command.broadcastId);
    if (store.isBehind(state)) feed({ type: "gap" });
  }

  function show(): void {
    isStale = true;
    frame ??= env.requestAnimationFrame(() => {
      frame = undefined;
      const before = shown;
      shown = currentView();
      if (shown !== before) for (const listener of listeners) listener(shown);
    });
  }

  function currentView(): View {
    if (isStale) view = store.project(state, linkState(link, now()), link.refusal, view);
    isStale = false;
    return view;
  }

  /** Runs later, unless called off; returns what calls it off. Once destroyed, there is no later. */
  function after(ms: number, run: () => void): () => void {
    if (signal.aborted) {
      run();
      return run;
    }
    const callOff = () => {
      timers.delete(timer);
      env.clearTimeout(timer);
    };
    const timer = env.setTimeout(() => {
      callOff();
      run();
    }, ms);
    timers.add(timer);
    return callOff;
  }

  /** Waits, unless woken: after a success there is reason to try at once what failed before. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = after(ms, resolve);
      pauses.add(() => {
        callOff();
        resolve();
      });
    });
  }

  function wakeAll(): void {
    const all = [...pauses];
    pauses.clear();
    for (const wake of all) wake();
  }

  /* ── The line ───────────────────────────────────────────────────────────────────────────────────────────────────── */

  const effects = { load, dial, "hang-up": hangUp, read: readLog };

  function feed(input: LinkInput): void {
    if (signal.aborted) return;
    const [next, todo] = stepLink(link, input, now(), env.Math.random());
    link = next;
    stopLink?.();
    const inMs = nextWakeAt(link, now()) - now();
    stopLink = inMs < Infinity ? after(Math.max(0, Math.ceil(inMs)), () => feed({ type: "wake" })) : undefined;
    show();
    for (const effect of todo) void effects[effect]();
  }

  async function load(): Promise<void> {
    logReading++;
    const { failure, status, body } = await http.call("GET", "comment-collab-chats", "", { urlId });
    if (signal.aborted) return;
    if (failure) {
      // Only our own server refuses for good: a proxy's error page is a passing fault.
      const isRefusal = [401, 403, 404].includes(status) && !failure.code.startsWith("http");
      return feed({ type: "failed", refusal: isRefusal ? failure.code : undefined });
    }
    const { urlIdWS, userIdWS, tenantIdWS } = body;
    ticket = { urlId: urlIdWS, userIdWS, tenantIdWS };
    update(store.takeSnapshot(state, body));
    for (const chatId of state.loading.keys()) void readComments(chatId);
    feed({ type: "loaded" });
  }

  /** Opens the live channel: one WebSocket that only listens, one JSON event a text frame (CONTRACT §5). */
  function dial(): void {
    hangUp();
    try {
      const mine = (socket = new env.WebSocket(
        `${(options.wsHost ?? server).replace(/^http/, "ws")}/sub?${new URLSearchParams(ticket)}`,
      ));
      mine.onopen = () => mine === socket && feed({ type: "opened" });
      mine.onmessage = ({ data }) => mine === socket && takeFrame(data);
      mine.onclose = ({ code }) => mine === socket && feed({ type: "closed", code });
    } catch {
      // A page's policy may forbid it. Told later, as the browser tells any other failure.
      after(0, () => feed({ type: "closed", code: 0 }));
    }
  }

  function hangUp(): void {
    const old = socket;
    socket = undefined;
    old?.close();
  }

  function takeFrame(text: string): void {
    const event: WireEvent = JSON.parse(text);
    if (event.seq) update(store.takeEvents(state, state.epoch, [event]));
    else if (event.sc) update(store.takePresence(state, event.sc));
  }

  /** Reads the event log from our position to its head. */
  async function readLog(): Promise<void> {
    const reading = ++logReading;
    for (let hasMore = true; hasMore && ticket;) {
      const { epoch, seq } = state;
      const query = { urlId, userIdWS: ticket.userIdWS, afterSeq: `${seq}`, epoch };
      const { failure, status, body } = await http.ask("GET", "event-log", "", query);
      if (signal.aborted || reading !== logReading) return;
      if (failure) return feed([401, 403].includes(status) ? { type: "closed", code: 4401 } : { type: "failed" });
      update(
        store.takeEvents(
          state,
          body.epoch,
          body.events.map(({ data }: { data: string }) => JSON.parse(data)),
        ),
      );
      hasMore = body.hasMore;
      // Another epoch, a log with a hole, or without end: only a snapshot helps.
      if (
        body.epoch !== state.epoch ||
        body.result === "reset" ||
        (state.seq < body.seq && (!hasMore || state.seq === seq))
      )
        return feed({ type: "reset" });
    }
    feed({ type: "caught-up" });
    if (store.isBehind(state)) feed({ type: "gap" });
    wakeAll();
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
      if (signal.aborted || readings.get(chatId) !== reading) return;
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
    const fail = (failure: Failure) => update(store.failCommand(state, broadcastId, failure));
    const callOff = after(NO_ANSWER_AFTER_MS, () => fail(store.NO_ANSWER));
    let answer: Answer | undefined;
    for (let attempt = 0, pending; (pending = state.pending.get(broadcastId)); attempt++) {
      answer = await send(pending.command);
      if (signal.aborted) return;
      if (!answer.failure || (answer.status >= 400 && answer.status < 500)) break;
      if (now() >= lateAt) fail(store.NO_ANSWER);
      await pause(backoffMs(attempt, env.Math.random()));
      answer = undefined;
    }
    callOff();
    writing.delete(broadcastId);
    if (answer?.failure) return fail(answer.failure);
    if (!answer) return;
    const { epoch, event } = answer.body;
    update(store.takeAnswer(state, epoch, event));
    if (epoch !== state.epoch) feed({ type: "reset" });
  }

  function send(command: Command): Promise<Answer> {
    const { url, pageTitle } = options;
    const real = (id: string) => store.realId(state, id);
    const chatId = "chatId" in command ? real(command.chatId) : "";
    const thread = state.chats.get(chatId)?.thread ?? state.pending.get(command.broadcastId)?.chat?.thread ?? "";
    const page = { urlId, url, pageTitle, thread };
    const named = { ...command, chatId, ...("commentId" in command && { commentId: real(command.commentId) }) };
    const { broadcastId } = command;
    const [method, collection, rest, body] = encodeCommand(named as Command, page);
    return http.call(method, collection, rest, { urlId: thread, broadcastId }, { ...body, broadcastId });
  }

  /* ── The browser ────────────────────────────────────────────────────────────────────────────────────────────────── */

  /** The line may have ended unnoticed: look whether anything is missing; or, without a line, try at once. */
  function check(): void {
    if (env.document.visibilityState === "hidden") return;
    feed({ type: "gap" });
    feed({ type: "nudge" });
  }

  env.addEventListener("online", () => feed({ type: "online" }), { signal });
  env.addEventListener("offline", () => feed({ type: "offline" }), { signal });
  env.addEventListener("pageshow", check, { signal });
  env.document.addEventListener("visibilitychange", check, { signal });
  void load();
  feed({ type: "nudge" });

  return {
    get view() {
      return currentView();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(command) {
      if (!options.readonly) update(store.addCommand(state, command, now()));
    },
    retry(broadcastId) {
      update(store.failCommand(state, broadcastId));
      wakeAll();
    },
    discard(broadcastId) {
      const command = state.pending.get(broadcastId)?.command;
      update(store.discardCommand(state, broadcastId));
      return command && "text" in command ? command.text : "";
    },
    open(name) {
      const chatId = store.realId(state, name);
      const { me, chats, loading } = state;
      if (me && chats.get(chatId)?.isUnread) tell({ userId: me.id, chatId });
      update(store.openChat(state, chatId));
      if (!loading.has(chatId)) void readComments(chatId);
    },
    close(name) {
      update(store.closeChat(state, store.realId(state, name)));
    },
    async sourceText(_, commentId) {
      const { failure, body } = await http.call("GET", "comments", `/${store.realId(state, commentId)}/text`);
      if (failure) throw new Error(failure.code);
      return body.commentText;
    },
    async setName(name) {
      return (await http.setName(name)).failure;
    },
    reconnect() {
      feed({ type: "try" });
      wakeAll();
    },
    destroy() {
      gone.abort();
      hangUp();
      channel.close();
      for (const timer of timers) env.clearTimeout(timer);
      timers.clear();
      if (frame) env.cancelAnimationFrame(frame);
      listeners.clear();
    },
  };
}

/** 32 hexadecimal digits; unlike `crypto.randomUUID`, also on pages without TLS. */
export function newBroadcastId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
