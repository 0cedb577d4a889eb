// The client: the pure store and link, worn by HTTP, socket, timers and the browser's events.
//
//   command ─▶ store (shown at once) ─▶ write() ─▶ HTTP ─▶ answer ─┐
//   socket frame ──────────────────────────────────────────────────┼─▶ store ─▶ View ─▶ listeners, once a frame
//   event log ─────────────────────────────────────────────────────┘
//   browser, socket, HTTP ─▶ link.feed ─▶ effects: load · dial · hang-up · read-log

import { backoffMs } from "../core/backoff";
import { linkState, nextWakeAt, startLink, stepLink, type LinkInput } from "../core/link";
import type { Command, Conversation, Failure, View } from "../core/model";
import * as store from "../core/store";
import { decodeComment, decodeEvent, decodeFrame, decodeLog, decodeSnapshot, encodeCommand } from "../core/wire";
import type { Snapshot, WireComment } from "../core/wire";
import { createHttp, type Answer } from "./http";
import { openSocket, type Socket } from "./socket";
import { joinTabs } from "./tabs";

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
  | "sessionStorage"
  | "setTimeout"
  | "WebSocket"
>;

/** A write that has had no success for so long is shown as failed, though it is still tried. */
const NO_ANSWER_AFTER_MS = 10_000;
/** An event whose predecessors do not come for so long: the line may be dead. */
const HOLE_MS = 2_000;
/** A page that was hidden for so long may have slept through the end of its socket. */
const ASLEEP_MS = 30_000;

export function createClient(options: ClientOptions, env: Environment = window): Client {
  const { server, tenantId, urlId } = options;
  const listeners = new Set<(view: View) => void>();
  const timers = new Set<number>();
  /** Writes under way, and when each is shown as failed. */
  const writing = new Set<string>();
  const deadlines = new Map<string, () => void>();
  /** The latest reading of each conversation's comments. */
  const readings = new Map<string, object>();
  /** What ends the pauses between attempts before their time. */
  const pauses = new Set<() => void>();
  /** How far a conversation is known to be marked as read at the server: its last comment's time. */
  const readUntil = new Map<string, number>();
  const gone = new AbortController();
  let state = store.emptyState;
  let link = startLink(env.Date.now(), env.navigator.onLine);
  let ticket: Snapshot["ticket"] | undefined;
  let socket: Socket | undefined;
  let view = store.project(state, linkState(link, env.Date.now()), undefined);
  let shown = view;
  let isStale = false;
  let frame: number | undefined;
  let linkTimer: (() => void) | undefined;
  let holeTimer: (() => void) | undefined;
  let hiddenAt = Infinity;
  let logReading = 0;
  let isDestroyed = false;

  const http = createHttp(
    {
      server,
      tenantId,
      sso: options.sso,
      onSession(session, me) {
        if (isDestroyed) return;
        const isOther = !me || (state.me && state.me.id !== me.id);
        if (me) update({ ...state, me });
        if (me?.isGuest) tabs.tell({ type: "session", userId: me.id, session, name: me.name });
        // The live channel's ticket and what is unread belong to the one who was here before.
        if (isOther) feed({ type: "expired" });
      },
    },
    env,
  );

  const tabs = joinTabs(
    `collabchat:${server}:${tenantId}`,
    (message) => {
      if (message.userId !== state.me?.id) return;
      if (message.type === "read") return update(store.markRead(state, message.chatId));
      http.adopt(message.session);
      update({ ...state, me: { ...state.me, name: message.name } });
    },
    env,
  );

  /* ── State and view ─────────────────────────────────────────────────────────────────────────────────────────────── */

  function update(next: store.State): void {
    if (next === state || isDestroyed) return;
    state = next;
    show();
    for (const { command } of store.nextWrites(state)) void write(command.broadcastId);
    watchHole();
  }

  /** Events before those ahead should be here in a moment; if not, the log has them. */
  function watchHole(): void {
    if (!store.isBehind(state)) {
      holeTimer?.();
      holeTimer = undefined;
    } else {
      holeTimer ??= after(HOLE_MS, () => {
        holeTimer = undefined;
        feed({ type: "gap" });
      });
    }
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
    if (isStale) view = store.project(state, linkState(link, env.Date.now()), link.refusal, view);
    isStale = false;
    return view;
  }

  function find(chatId: string): Conversation | undefined {
    const id = store.realId(state, chatId);
    return currentView().conversations.find((chat) => chat.id === id);
  }

  /** Runs later, unless called off or destroyed; returns what calls it off. */
  function after(ms: number, run: () => void): () => void {
    const timer = env.setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return () => {
      timers.delete(timer);
      env.clearTimeout(timer);
    };
  }

  /** Waits, unless woken: after a success there is reason to try at once what failed before. */
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

  function wakeAll(): void {
    for (const wake of [...pauses]) wake();
  }

  /* ── The line ───────────────────────────────────────────────────────────────────────────────────────────────────── */

  const effects = { load, dial, "hang-up": hangUp, "read-log": readLog };

  function feed(input: LinkInput): void {
    if (isDestroyed) return;
    const [next, todo] = stepLink(link, input, env.Date.now(), env.Math.random());
    link = next;
    armLink();
    show();
    for (const effect of todo) void effects[effect]();
  }

  function armLink(): void {
    linkTimer?.();
    const inMs = nextWakeAt(link, env.Date.now()) - env.Date.now();
    linkTimer = inMs < Infinity ? after(Math.max(0, Math.ceil(inMs)), () => feed({ type: "wake" })) : undefined;
  }

  async function load(): Promise<void> {
    logReading++;
    const answer = await http.call("/comment-collab-chats", "", { query: { urlId } });
    if (isDestroyed) return;
    if (answer.failure) {
      const isFinal = [401, 403, 404].includes(answer.status);
      return feed({ type: "failed", ...(isFinal && { refusal: answer.failure.code }) });
    }
    const snapshot = decodeSnapshot(answer.body);
    ticket = snapshot.ticket;
    update(store.takeSnapshot(state, snapshot));
    for (const chatId of state.loading.keys()) void readComments(chatId);
    feed({ type: "loaded" });
  }

  function dial(): void {
    hangUp();
    const handlers = {
      onOpen: () => feed({ type: "opened" }),
      onFrame: takeFrame,
      onClose: (code: number) => feed({ type: "closed", code }),
    };
    socket = openSocket(
      `${(options.wsHost ?? server).replace(/^http/, "ws")}/sub?${new URLSearchParams(ticket)}`,
      handlers,
      env,
    );
  }

  function hangUp(): void {
    socket?.close();
    socket = undefined;
  }

  function takeFrame(text: string): void {
    const news = decodeFrame(text);
    if (!news) return;
    if ("viewerCount" in news) return update(store.takePresence(state, news.viewerCount));
    update(store.takeEvents(state, state.epoch, [news]));
    if (news.seq > state.seq) feed({ type: "gap" });
  }

  /** Reads the event log from our position to its head. */
  async function readLog(): Promise<void> {
    const reading = ++logReading;
    for (let hasMore = true; hasMore && ticket;) {
      const { epoch, seq } = state;
      const query = { urlId, userIdWS: ticket.userIdWS, afterSeq: String(seq), epoch };
      const answer = await http.call("/event-log", "", { query, isTicketed: true });
      if (isDestroyed || reading !== logReading) return;
      if (answer.failure) return feed({ type: [401, 403].includes(answer.status) ? "expired" : "failed" });
      const page = decodeLog(answer.body);
      if (page.isReset || page.epoch !== state.epoch) return feed({ type: "reset" });
      update(store.takeEvents(state, page.epoch, page.events));
      // A log with a hole, or without end: only a snapshot helps.
      if (state.seq < page.seq && (!page.hasMore || state.seq === seq)) return feed({ type: "reset" });
      hasMore = page.hasMore;
    }
    feed({ type: "caught-up" });
    watchHole();
    wakeAll();
  }

  /* ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────── */

  /** Tries until it succeeds, is replaced, or the conversation is gone. */
  async function readComments(chatId: string): Promise<void> {
    const reading = {};
    readings.set(chatId, reading);
    update(store.startLoading(state, chatId));
    for (let attempt = 0; ; attempt++) {
      const urlId = state.chats.get(chatId)?.thread ?? "";
      const answer = await http.call("/comments", "", { query: { urlId, direction: "OF", page: "-1" } });
      if (isDestroyed || readings.get(chatId) !== reading || !state.loading.has(chatId)) return;
      if (!answer.failure) {
        const comments = answer.body.comments.map((comment: WireComment) => decodeComment(comment));
        return update(store.takeComments(noteRead(chatId), chatId, comments));
      }
      if (!state.chats.has(chatId)) return;
      await pause(backoffMs(attempt, env.Math.random()) + 1000 * (answer.failure.retryAfterS ?? 0));
    }
  }

  /** Reading a single comment marks the whole conversation as read. */
  function tellRead(chatId: string): void {
    const urlId = noteRead(chatId).chats.get(chatId)?.thread ?? "";
    void http.call("/comments", "", { query: { urlId, limit: "1" } });
  }

  function noteRead(chatId: string): store.State {
    readUntil.set(chatId, state.chats.get(chatId)?.lastCommentAt ?? 0);
    return state;
  }

  /* ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────── */

  /** Sends a write until it is settled, refused or taken back. */
  async function write(broadcastId: string): Promise<void> {
    if (writing.has(broadcastId)) return;
    writing.add(broadcastId);
    for (let attempt = 0; ; attempt++) {
      const pending = state.pending.get(broadcastId);
      if (!pending) break;
      const answer = await send(pending.command);
      if (isDestroyed) return;
      if (!answer.failure) {
        const { epoch, event } = answer.body;
        writing.delete(broadcastId);
        update(store.takeAnswer(state, broadcastId, epoch, event && decodeEvent(event)));
        if (epoch !== state.epoch) feed({ type: "reset" });
        return;
      }
      if (answer.status >= 400 && answer.status < 500) {
        writing.delete(broadcastId);
        return update(store.failCommand(state, broadcastId, answer.failure));
      }
      await pause(backoffMs(attempt, env.Math.random()));
    }
    writing.delete(broadcastId);
  }

  function send(command: Command): Promise<Answer> {
    const thread = ("chatId" in command && find(command.chatId)?.thread) || "";
    const named = {
      ...command,
      ...("chatId" in command && { chatId: store.realId(state, command.chatId) }),
      ...("commentId" in command && { commentId: store.realId(state, command.commentId) }),
    };
    const { url, pageTitle } = options;
    const page = { urlId, url, pageTitle, commenterName: state.me?.name ?? "", thread };
    const { collection, rest, ...request } = encodeCommand(named, page);
    return http.call(`/${collection}`, rest, request);
  }

  function startDeadline(broadcastId: string): void {
    deadlines.get(broadcastId)?.();
    const fail = () => {
      deadlines.delete(broadcastId);
      if (!state.pending.get(broadcastId)?.failure) update(store.failCommand(state, broadcastId, store.NO_ANSWER));
    };
    deadlines.set(broadcastId, after(NO_ANSWER_AFTER_MS, fail));
  }

  /* ── The browser ────────────────────────────────────────────────────────────────────────────────────────────────── */

  /** The line may have ended unnoticed: look whether anything is missing; or, without a line, try at once. */
  function check(): void {
    feed({ type: "gap" });
    feed({ type: "nudge" });
  }

  const { signal } = gone;
  env.addEventListener("online", () => feed({ type: "online" }), { signal });
  env.addEventListener("offline", () => feed({ type: "offline" }), { signal });
  env.addEventListener("pageshow", check, { signal });
  const look = () => {
    if (env.document.visibilityState === "hidden") {
      hiddenAt = env.Date.now();
    } else {
      const isAwake = env.Date.now() - hiddenAt < ASLEEP_MS;
      hiddenAt = Infinity;
      if (isAwake) feed({ type: "nudge" });
      else check();
    }
  };
  env.document.addEventListener("visibilitychange", look, { signal });

  armLink();
  void load();

  return {
    get view() {
      return currentView();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    send(command) {
      if (options.readonly || isDestroyed) return;
      startDeadline(command.broadcastId);
      update(store.addCommand(state, command, env.Date.now()));
    },
    retry(broadcastId) {
      if (isDestroyed) return;
      startDeadline(broadcastId);
      update(store.retryCommand(state, broadcastId));
      wakeAll();
    },
    discard(broadcastId) {
      const [next, text] = store.discardCommand(state, broadcastId);
      update(next);
      return text;
    },
    open(name) {
      const chatId = store.realId(state, name);
      const chat = state.chats.get(chatId);
      update(store.openChat(state, chatId));
      if (!chat) return; // Its comments come with it.
      if (chat.isUnread && state.me) tabs.tell({ type: "read", userId: state.me.id, chatId });
      if (!chat.comments) {
        if (!state.loading.has(chatId)) void readComments(chatId);
      } else if (chat.isUnread) tellRead(chatId);
    },
    close(name) {
      const chatId = store.realId(state, name);
      update(store.closeChat(state, chatId));
      const { me, chats } = state;
      const until = readUntil.get(chatId) ?? 0;
      if (chats.get(chatId)?.comments?.some(({ at, author }) => at > until && author.id !== me?.id)) tellRead(chatId);
    },
    async sourceText(chatId, commentId) {
      const id = store.realId(state, commentId);
      const text = find(chatId)?.comments?.find((comment) => comment.id === id)?.text;
      if (text !== undefined) return text;
      const answer = await http.call("/comments", `/${encodeURIComponent(id)}/text`);
      if (answer.failure) throw new Error(answer.failure.code);
      return answer.body.commentText;
    },
    async setName(name) {
      return (await http.setName(name)).failure;
    },
    reconnect() {
      feed({ type: "try" });
      wakeAll();
    },
    destroy() {
      isDestroyed = true;
      gone.abort();
      hangUp();
      tabs.close();
      http.destroy();
      for (const timer of timers) env.clearTimeout(timer);
      timers.clear();
      if (frame !== undefined) env.cancelAnimationFrame(frame);
      listeners.clear();
    },
  };
}

/** 32 hexadecimal digits; unlike `crypto.randomUUID`, also on pages without TLS. */
export function newBroadcastId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
