// The line to one server as one reader, shared by all containers of a page: HTTP session, socket, other tabs. Wears the
// session machine.
//
//   browser · socket · HTTP ─▶ feed ─▶ core/session ─▶ effects: load · dial · hello · watch · live · hang-up
//   snapshot, frame, other tab ─▶ the stores of its members
//
// A member's page may have several rooms (see core/store). To the machine they are one: it only knows how many events
// the member still misses in all of them.

import { linkState, nextWakeAt, startSession } from "../core/link";
import type { Me } from "../core/model";
import { stepSession, type Effect, type Input } from "../core/session";
import {
  changePlace,
  endTyping,
  loseRoom,
  markRead,
  takeEvents,
  takePresence,
  takeSnapshot,
  takeTyping,
  TYPING_MS,
  type State,
} from "../core/store";
import { decodeMe, type WireFrame } from "../core/wire";
import type { ClientOptions, Environment } from "./client";
import { createHttp, type Http, type Session } from "./http";
import { createTimers } from "./timers";

/** A page as the line sees it: one container's client. */
export interface Member {
  readonly state: State;
  update(next: State): void;
  /** Reads again what a snapshot made old. */
  refresh(): void;
  /** Nothing is missing any more: the line works. */
  revive(): void;
  /** The link may have changed. */
  show(): void;
}

/**
 * What the tabs of one reader tell each other, because the server does not: a guest's new session, or what has been read.
 * Own writes need none of this; they come to every tab as events.
 */
export interface TabMessage {
  readonly userId: string;
  readonly session?: Session;
  readonly chatId?: string;
}

export interface Line {
  readonly http: Http;
  feed(input: Input<Member>): void;
  /** What the member's reader is told of the line, and why it is refused. */
  link(member: Member): [state: ReturnType<typeof linkState>, refusal: string | undefined, isLive: boolean];
  /** Says something on the socket, if it is open. */
  say(message: object): void;
  tell(message: TabMessage): void;
  leave(member: Member): void;
}

const lines = new WeakMap<Environment, Map<string, Line>>();

/** Joins the line of this page, server and reader; the first to come opens it, the last to leave closes it. */
export function joinLine(options: ClientOptions, env: Environment, member: Member): Line {
  const { server, wsHost, tenantId, sso } = options;
  const name = JSON.stringify([server, wsHost, tenantId, sso]);
  const known = lines.get(env) ?? new Map<string, Line>();
  lines.set(env, known);
  const line = known.get(name) ?? openLine(options, env, () => known.delete(name));
  known.set(name, line);
  line.feed({ type: "join", room: member });
  return line;
}

function openLine(options: ClientOptions, env: Environment, forget: () => void): Line {
  const { server, wsHost = server, tenantId } = options;
  const gone = new AbortController();
  const { signal } = gone;
  const now = () => env.Date.now();
  const [after, endTimers] = createTimers(env);
  let session = startSession<Member>(now(), env.navigator.onLine);
  let me: Me | undefined;
  let token: string;
  let socket: WebSocket | undefined;
  let callOff: (() => void) | undefined;
  /** Rooms that the server was asked for. */
  const watched = new Set<string>();

  const channel = new env.BroadcastChannel(`collabchat:${server}:${tenantId}`);
  const members = () => [...session.rooms.keys()];
  const meet = (somebody: Me) => {
    me = somebody;
    for (const member of members()) member.update({ ...member.state, me: somebody });
  };
  const tell = (message: TabMessage): void => {
    if (!signal.aborted) channel.postMessage(message);
  };
  channel.onmessage = ({ data: { userId, session, chatId = "" } }: MessageEvent<TabMessage>) => {
    if (userId !== me?.id) return;
    if (session) {
      http.adopt(session);
      meet({ ...me, name: session.name });
    } else for (const member of members()) member.update(markRead(member.state, chatId));
  };

  const http = createHttp(
    options,
    (session, somebody) => {
      // The token and what is unread belong to the one who was here before.
      const isOther = !somebody || (me && me.id !== somebody.id);
      if (somebody) meet(somebody);
      if (somebody?.isGuest) tell({ userId: somebody.id, session });
      if (isOther) feed({ type: "closed", code: 4401 });
    },
    after,
    env,
  );

  /* ── The machine ────────────────────────────────────────────────────────────────────────────────────────────────── */

  function feed(input: Input<Member>): void {
    if (signal.aborted) return;
    const [next, todo] = stepSession(session, input, now(), env.Math.random());
    session = next;
    callOff?.();
    const inMs = nextWakeAt(session, now()) - now();
    callOff = inMs < Infinity ? after(Math.max(0, Math.ceil(inMs)), () => feed({ type: "wake" })) : undefined;
    for (const member of members()) {
      // Whoever is refused sees nothing more.
      if (session.rooms.get(member)?.phase === "refused") member.update(loseRoom(member.state, member.state.urlId));
      member.show();
    }
    for (const urlId of watched)
      if (!members().some(({ state }) => state.rooms.has(urlId)) && watched.delete(urlId))
        say({ type: "unwatch", urlId });
    for (const effect of todo) carryOut(effect);
  }

  function carryOut([what, member]: Effect<Member>): void {
    if (what === "load") void load(member);
    // The page's own room last: then the server sees that the others are known.
    else if (what === "watch") for (const place of ask(member).reverse()) say({ type: what, ...place });
    else if (what === "live") member.revive();
    else if (what === "hello") {
      const asking = members().filter((member) => session.rooms.get(member)?.phase === "watch");
      say({ type: what, token, rooms: asking.flatMap(ask) });
    } else {
      hangUp();
      if (what === "dial") dial();
    }
  }

  /** The member's rooms as it knows them, to be asked for; how many events each has is unknown until the answer. */
  function ask(member: Member): object[] {
    return [...member.state.rooms].map(([urlId, { epoch, seq }]) => {
      watched.add(urlId);
      member.update(changePlace(member.state, urlId, { head: Infinity }));
      return { urlId, epoch, seq };
    });
  }

  async function load(room: Member): Promise<void> {
    const { urlId } = room.state;
    // As many as the server takes; of the rest, the answers will tell.
    const pending = [...room.state.unsettled.keys()].slice(0, 100).join();
    const { failure, status, body } = await http.call("GET", "comment-collab-chats", "", {
      urlId,
      ...(pending && { pending }),
    });
    if (signal.aborted || !session.rooms.has(room)) return;
    if (failure) {
      // Only our own server refuses for good: a proxy's error page is a passing fault.
      const isRefusal = [401, 403, 404].includes(status) && !failure.code.startsWith("http");
      const { code, reason } = failure;
      return feed({ type: "failed", room, refusal: isRefusal ? (code === "banned" ? reason : code) : undefined });
    }
    token = body.userIdWS;
    me = decodeMe(body.user);
    room.update(takeSnapshot(room.state, body));
    room.refresh();
    feed({ type: "loaded", room });
  }

  /* ── The socket ─────────────────────────────────────────────────────────────────────────────────────────────────── */

  function dial(): void {
    try {
      const mine = (socket = new env.WebSocket(`${wsHost.replace(/^http/, "ws")}/sub?tenantIdWS=${tenantId}&v=2`));
      mine.onopen = () => mine === socket && feed({ type: "opened" });
      mine.onmessage = ({ data }) => mine === socket && take(JSON.parse(data));
      // What a page's policy forbids ends in Chromium with an error alone; any other error is followed by a close.
      mine.onerror = mine.onclose = ({ code = 0 }: Partial<CloseEvent>) =>
        mine === socket && feed({ type: "closed", code });
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

  function say(message: object): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message));
  }

  /** Takes what the server says: a batch of one room's events, or anything alone. */
  function take(frame: WireFrame | readonly WireFrame[]): void {
    const frames = [frame].flat();
    const [first = {}] = frames as Partial<WireFrame>[];
    const { type, heads, reconnectMs } = first;
    feed({ type: "heard" });
    if (type === "h") say({ type });
    if (reconnectMs) feed({ type: "bye", fromMs: reconnectMs[0], toMs: reconnectMs[1] });
    for (const room of members()) {
      for (const [urlId, known] of room.state.rooms) {
        const head = heads?.[urlId] ?? 0;
        if (head > known.head) room.update(changePlace(room.state, urlId, { head }));
      }
      takeOf(room, first, frames);
    }
  }

  /** Takes what the server says of a room. */
  function takeOf(room: Member, first: Partial<WireFrame>, frames: readonly WireFrame[]): void {
    const { type, urlId = "", seq: head = 0, sc, code, reason } = first;
    const { state } = room;
    const place = state.rooms.get(urlId);
    const isHome = urlId === state.urlId;
    if (!place) return;
    if (type === "watching") {
      const isResumed = first.result === "resumed";
      // Our position has never been: the snapshot is right, though it be older.
      room.update(changePlace(state, urlId, isResumed ? { head } : reason === "ahead" ? { epoch: "" } : {}));
      if (!isResumed) feed({ type: "reset", room });
    } else if (type === "error") {
      if (isHome) feed({ type: "failed", room, refusal: code });
      else room.update(loseRoom(state, urlId));
    } else if (type === "typing") {
      room.update(takeTyping(state, first, now()));
      after(TYPING_MS, () => room.update(endTyping(room.state, ({ until }) => until <= now())));
    } else if (sc) {
      // Who has the page open is in its own room.
      if (isHome) room.update(takePresence(state, sc));
    } else if (head) {
      room.update(takeEvents(state, frames));
      if (head > place.seq + 1) feed({ type: "gap", room });
    }
  }

  /* ── The browser ────────────────────────────────────────────────────────────────────────────────────────────────── */

  const look = () => feed({ type: env.document.visibilityState === "hidden" ? "hidden" : "seen" });
  for (const type of ["online", "offline"] as const) env.addEventListener(type, () => feed({ type }), { signal });
  env.addEventListener("pageshow", look, { signal });
  env.document.addEventListener("visibilitychange", look, { signal });
  look();

  return {
    http,
    feed,
    link(member) {
      const { phase, refusal } = session.rooms.get(member) ?? {};
      return [linkState(session, member, now()), refusal, phase === "live"];
    },
    say,
    tell,
    leave(room) {
      feed({ type: "leave", room });
      if (session.rooms.size) return;
      gone.abort();
      forget();
      hangUp();
      channel.close();
      endTimers();
    },
  };
}
