// One server: its rooms, HTTP and sockets, and faults that a test commands.
import type { Command } from "../src/core/model";
import type { WireEvent } from "../src/core/wire";
import type { FakeClock } from "./fake-browser";
import { anchor, FakeRoom, nameOf, type Outcome } from "./fake-room";
import { FakeSocket } from "./fake-socket";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly bearer: string;
  readonly body: Record<string, unknown>;
}

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

export class FakeServer {
  /** By urlId. */
  readonly rooms = new Map<string, FakeRoom>();
  readonly room = this.roomOf("book-p2");
  readonly sockets: FakeSocket[] = [];
  readonly asked: Asked[] = [];
  /** session → user id; a test may drop one. */
  readonly sessions = new Map<string, string>();
  readonly names = new Map<string, string>();
  /** Guests whose writings were given to whom they signed in as. */
  readonly claimed: string[] = [];
  /** Rooms that may not be watched. */
  readonly forbidden = new Set<string>();
  /** By a page's urlId: its private rooms. */
  readonly circles = new Map<string, FakeRoom[]>();
  isDown = false;
  /** Sockets never open. */
  isSocketBlocked = false;
  /** Events are not handed to sockets. */
  isSilent = false;
  /** Batches of events have an end that cannot be read. */
  isDamaging = false;
  /** How long events are collected for a batch; 0: sent at once. */
  windowMs = 0;
  /** What the next matching request is answered with instead: a reply, or "lost" after the work is done. */
  faults: { match: (asked: Asked) => boolean; reply: Reply | "lost" | "hang" }[] = [];
  /** Tokens end with a number; those below are expired. */
  private tokens = 0;
  private expired = 0;
  private readonly windows = new Map<string, WireEvent[]>();
  private ids = 0;

  constructor(private readonly clock: FakeClock) {}

  roomOf(urlId: string): FakeRoom {
    const room = this.rooms.get(urlId) ?? new FakeRoom(urlId);
    this.rooms.set(urlId, room);
    return room;
  }

  /** Gives a page a private room; who has the page open and may see it must take it anew. */
  circleOf(page: string, urlId: string, ...readers: string[]): FakeRoom {
    const circle = new FakeRoom(urlId, new Set(readers));
    this.rooms.set(urlId, circle);
    this.circles.set(page, [...(this.circles.get(page) ?? []), circle]);
    this.lookForCircles(page);
    return circle;
  }

  /** Lets somebody see a private room. */
  grant(page: string, circle: FakeRoom, userId: string): void {
    circle.readers?.add(userId);
    this.lookForCircles(page);
  }

  /** Resets the page for those who may see more of it than they watch, as no event tells of that. */
  lookForCircles(page: string, sockets = this.sockets): void {
    const { epoch, seq } = this.roomOf(page);
    for (const socket of sockets) {
      const isMore = this.circles.get(page)?.some((one) => one.isFor(socket.userId) && !socket.rooms.has(one.urlId));
      if (isMore && socket.rooms.delete(page))
        socket.sendRaw({ type: "watching", urlId: page, epoch, seq, result: "reset", reason: "far" });
    }
  }

  /** Ends somebody's right to a room. */
  revoke(room: FakeRoom, userId: string): void {
    const { urlId } = room;
    if (room.readers) room.readers.delete(userId);
    else this.forbidden.add(urlId);
    for (const socket of this.sockets)
      if (socket.userId === userId && socket.rooms.delete(urlId))
        socket.sendRaw({ type: "error", code: "not-found", urlId });
  }

  /** Somebody elsewhere writes. */
  write(userId: string, command: Command, urlId = this.room.urlId): Outcome {
    const room = this.roomOf(urlId);
    const outcome = room.write(userId, command);
    if (typeof outcome === "string") throw new Error(outcome);
    this.publish(room, outcome.event);
    return outcome;
  }

  count(method: string, path: string): number {
    return this.asked.filter((one) => one.method === method && one.path.startsWith(path)).length;
  }

  fault(method: string, path: string, reply: Reply | "lost" | "hang"): void {
    this.faults.push({ match: (asked) => asked.method === method && asked.path.startsWith(path), reply });
  }

  expireTokens(): void {
    this.expired = this.tokens;
    for (const socket of this.sockets) if (socket.userId) socket.end(4401);
  }

  /** Goes away as in a deploy. */
  drain(reconnectMs: [number, number]): void {
    for (const socket of this.sockets) {
      socket.sendRaw({ type: "bye", reason: "drain", reconnectMs });
      this.clock.set(() => socket.end(1012), 10);
    }
  }

  /** As the server finds another epoch in a room that is watched. */
  changeEpoch(room = this.room): void {
    room.changeEpoch();
    const watching = { type: "watching", urlId: room.urlId, epoch: room.epoch, seq: room.seq };
    for (const socket of this.sockets)
      if (socket.rooms.delete(room.urlId)) socket.sendRaw({ ...watching, result: "reset", reason: "epoch" });
  }

  /** Says something to all sockets of a room. */
  tell(urlId: string, frame: object): void {
    for (const socket of this.sockets) if (socket.isOpen && socket.rooms.has(urlId)) socket.sendRaw(frame);
  }

  /** Its page is no more. */
  abandon(owner: unknown): void {
    for (const socket of this.sockets) if (socket.owner === owner) socket.close();
  }

  userOf(token: string): string | undefined {
    const [user, number] = token.split("#");
    return Number(number) > this.expired && [...this.sessions.values()].includes(user ?? "") ? user : undefined;
  }

  nameOf(id: string): string {
    return this.names.get(id) ?? (id.startsWith("anon:") ? "" : nameOf(id));
  }

  readonly fetch = (async (url: string, init: RequestInit) => {
    const { pathname: path, searchParams: query } = new URL(url);
    const headers = init.headers as Record<string, string>;
    const body = init.body ? JSON.parse(String(init.body)) : {};
    const bearer = headers["Authorization"]?.replace("Bearer ", "") ?? "";
    const asked = { method: init.method ?? "GET", path, query, bearer, body };
    this.asked.push(asked);
    await Promise.resolve();
    if (this.isDown) throw new TypeError("Failed to fetch");
    const index = this.faults.findIndex(({ match }) => match(asked));
    const [fault] = index < 0 ? [] : this.faults.splice(index, 1);
    if (fault?.reply === "hang" && !init.signal?.aborted)
      await new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    const {
      status,
      body: answer,
      headers: given = {},
    } = fault && typeof fault.reply === "object" ? fault.reply : this.answer(asked);
    if (fault?.reply === "lost") throw new TypeError("Failed to fetch");
    return { ok: status < 400, status, headers: new Headers(given), json: async () => structuredClone(answer) };
  }) as unknown as typeof fetch;

  readonly connect = (url: string, owner: unknown): FakeSocket => {
    const socket = new FakeSocket(url, owner, this.clock, this);
    this.sockets.push(socket);
    this.clock.set(() => {
      if (socket.isClosed) return;
      if (this.isDown || this.isSocketBlocked) socket.end(1006);
      else socket.accept();
    }, 10);
    return socket;
  };

  private publish({ urlId }: FakeRoom, event: WireEvent): void {
    if (this.isSilent) return;
    const open = this.windows.get(urlId);
    if (open) return void open.push(event);
    const send = (events: readonly WireEvent[]) => {
      for (const socket of this.sockets) if (socket.isOpen) socket.sendEvents(urlId, events);
    };
    send([event]);
    if (!this.windowMs) return;
    const events: WireEvent[] = [];
    this.windows.set(urlId, events);
    this.clock.set(() => {
      this.windows.delete(urlId);
      send(events);
    }, this.windowMs);
  }

  private answer({ method, path, query, bearer, body }: Asked): Reply {
    const [, collection = "", , id = "", verb] = path.split("/");
    if (collection === "sessions") return this.signIn(bearer, body);
    const userId = this.sessions.get(bearer);
    if (!userId) return refused(401, "unauthenticated");
    if (collection === "comment-collab-chats" && method === "GET") {
      const pending = query.get("pending")?.split(",");
      const urlId = query.get("urlId") ?? "";
      if (this.forbidden.has(urlId)) return refused(404, "not-found");
      const snapshot = this.roomOf(urlId).snapshot(userId, pending, this.circles.get(urlId));
      const user = { ...snapshot.user, ...this.describe(userId) };
      return ok({ ...snapshot, user, userIdWS: `${userId}#${++this.tokens}` });
    }
    if (verb === "text") return ok({ commentText: `source of ${id}` });
    const about = id || query.get("urlId") || "";
    const room = this.roomOf(String(body["urlId"] ?? query.get("urlId") ?? ""));
    const home = [...this.rooms.values()].find((one) => one.has(about)) ?? room;
    if (!home.isFor(userId)) return refused(404, "not-found");
    if (collection === "comments" && method === "GET") return ok({ comments: home.comments(userId, about) });
    const outcome = home.write(userId, this.read(home, method, collection, id, verb, query, body));
    if (typeof outcome === "string") return refused(404, outcome);
    this.publish(home, outcome.event);
    return ok(outcome);
  }

  private read(
    room: FakeRoom,
    method: string,
    collection: string,
    id: string,
    verb: string | undefined,
    query: URLSearchParams,
    body: Asked["body"],
  ): Command {
    const broadcastId = query.get("broadcastId") ?? String(body["broadcastId"]);
    if (collection === "comment-collab-chats") {
      if (method === "PATCH")
        return { type: "resolve", broadcastId, chatId: id, isResolved: Boolean(body["isResolved"]) };
      if (method === "DELETE") return { type: "delete", broadcastId, chatId: id };
      const { comment } = body["comment"] as { comment: string };
      const place = { range: String(body["range"]), selector: String(body["selector"]) };
      return { type: "create", broadcastId, text: comment, anchor, ...place };
    }
    const text = String(body["comment"]);
    if (method === "DELETE") return { type: "delete-comment", broadcastId, chatId: "", commentId: id };
    if (verb) return { type: "edit", broadcastId, chatId: "", commentId: id, text };
    return { type: "reply", broadcastId, chatId: room.chatOf(query.get("urlId") ?? ""), text };
  }

  private signIn(bearer: string, body: Asked["body"]): Reply {
    const { sso } = body as { sso?: { isGone?: boolean } };
    const before = this.sessions.get(bearer);
    const id = sso ? (sso.isGone ? `anon:${++this.ids}` : "demo:ana") : (before ?? `anon:${++this.ids}`);
    if (sso && before?.startsWith("anon:") && id === "demo:ana") this.claimed.push(before);
    if (body["guestName"]) this.names.set(id, String(body["guestName"]));
    const session = `s${++this.ids}`;
    this.sessions.set(session, id);
    return ok({ session, user: this.describe(id) });
  }

  private describe(id: string): object {
    return { id, displayName: this.nameOf(id), username: "", isAnonSession: id.startsWith("anon:") };
  }
}

function ok(body: object): Reply {
  return { status: 200, body: { status: "success", ...body } };
}

export function refused(status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { status: "failed", code, reason: code }, headers };
}
