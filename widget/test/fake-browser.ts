// A browser and a server without a network: virtual time, sockets and faults that a test commands.
import type { Command } from "../src/core/model";
import type { WireEvent } from "../src/core/wire";
import type { Environment } from "../src/io/client";
import { anchor, FakeRoom, nameOf, type Outcome } from "./fake-room";

/** Timers in virtual time; promises are let run between them. */
export class FakeClock {
  now = 10_000_000;
  private readonly timers = new Map<number, { at: number; run: () => void }>();
  private ids = 0;

  set(run: () => void, ms: number): number {
    this.timers.set(++this.ids, { at: this.now + ms, run });
    return this.ids;
  }

  clear(id: number): void {
    this.timers.delete(id);
  }

  get size(): number {
    return this.timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await flush();
      const [next] = [...this.timers]
        .filter(([, { at }]) => at <= end)
        .sort((a, b) => a[1].at - b[1].at || a[0] - b[0]);
      if (!next) break;
      this.timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].run();
    }
    this.now = end;
  }
}

async function flush(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}

export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((end: { code: number }) => void) | null = null;
  isOpen = false;
  isClosed = false;

  constructor(readonly url: string) {}

  accept(): void {
    this.isOpen = true;
    this.onopen?.();
  }

  end(code: number): void {
    this.isOpen = false;
    this.isClosed = true;
    this.onclose?.({ code });
  }

  close(): void {
    this.end(1005);
  }
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly bearer: string;
  readonly body: Record<string, unknown>;
}

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

/** One server with one room, which any number of browsers reach. */
export class FakeServer {
  readonly room = new FakeRoom();
  readonly sockets: FakeSocket[] = [];
  readonly asked: Asked[] = [];
  /** session → user id; a test may drop one. */
  readonly sessions = new Map<string, string>();
  readonly names = new Map<string, string>();
  isDown = false;
  /** Sockets never open. */
  isSocketBlocked = false;
  /** Frames are not handed to sockets. */
  isSilent = false;
  /** What the next matching request is answered with instead: a reply, or "lost" after the work is done. */
  faults: { match: (asked: Asked) => boolean; reply: Reply | "lost" | "hang" }[] = [];
  private ids = 0;

  constructor(private readonly clock: FakeClock) {}

  /** Somebody elsewhere writes. */
  write(userId: string, command: Command): Outcome {
    const outcome = this.room.write(userId, command);
    if (typeof outcome === "string") throw new Error(outcome);
    this.publish(outcome.event);
    return outcome;
  }

  count(method: string, path: string): number {
    return this.asked.filter((one) => one.method === method && one.path.startsWith(path)).length;
  }

  fault(method: string, path: string, reply: Reply | "lost" | "hang"): void {
    this.faults.push({ match: (asked) => asked.method === method && asked.path.startsWith(path), reply });
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

  readonly connect = (url: string): FakeSocket => {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    this.clock.set(() => {
      if (socket.isClosed) return;
      if (this.isDown || this.isSocketBlocked) socket.end(1006);
      else socket.accept();
    }, 10);
    return socket;
  };

  private publish(event: WireEvent): void {
    if (this.isSilent) return;
    const data = JSON.stringify(event);
    for (const socket of this.sockets) {
      if (socket.isOpen) this.clock.set(() => socket.isOpen && socket.onmessage?.({ data }), 5);
    }
  }

  private answer({ method, path, query, bearer, body }: Asked): Reply {
    const [, collection, , id = "", verb] = path.split("/");
    const { room } = this;
    if (collection === "sessions") return this.signIn(bearer, body);
    if (collection === "event-log") {
      if (!query.get("userIdWS")) return refused(401, "unauthenticated");
      return ok(room.logAfter(Number(query.get("afterSeq")), query.get("epoch") ?? "", 2));
    }
    const userId = this.sessions.get(bearer);
    if (!userId) return refused(401, "unauthenticated");
    if (collection === "comment-collab-chats" && method === "GET") {
      const snapshot = room.snapshot(userId);
      return ok({ ...snapshot, user: { ...snapshot.user, ...this.userOf(userId) } });
    }
    if (collection === "comments" && method === "GET") {
      if (verb === "text") return ok({ commentText: `source of ${id}` });
      return ok({ comments: room.comments(userId, query.get("urlId") ?? "") });
    }
    const command = this.read(method, collection ?? "", id, verb, query, body);
    const outcome = room.write(userId, command);
    if (typeof outcome === "string") return refused(404, outcome);
    this.publish(outcome.event);
    return ok(outcome);
  }

  private read(
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
      return {
        type: "create",
        broadcastId,
        text: comment,
        anchor,
        range: String(body["range"]),
        selector: String(body["selector"]),
      };
    }
    const text = String(body["comment"]);
    if (method === "DELETE") return { type: "delete-comment", broadcastId, chatId: "", commentId: id };
    if (verb) return { type: "edit", broadcastId, chatId: "", commentId: id, text };
    const chat = this.room.snapshot("").conversations.find(({ urlId }) => urlId === query.get("urlId"));
    return { type: "reply", broadcastId, chatId: chat?._id ?? "", text };
  }

  private signIn(bearer: string, body: Asked["body"]): Reply {
    const id = body["sso"] ? "demo:ana" : (this.sessions.get(bearer) ?? `anon:${++this.ids}`);
    if (body["guestName"]) this.names.set(id, String(body["guestName"]));
    const session = `s${++this.ids}`;
    this.sessions.set(session, id);
    return ok({ session, user: this.userOf(id) });
  }

  private userOf(id: string): object {
    const isAnonSession = id.startsWith("anon:");
    return { id, displayName: this.names.get(id) ?? (isAnonSession ? "" : nameOf(id)), username: "", isAnonSession };
  }
}

/** One browser; tabs of it share storage and channels. */
export class FakeBrowser {
  readonly channels: FakeChannel[] = [];
  readonly storage = new Map<string, string>();
  isStorageForbidden = false;

  constructor(
    private readonly clock: FakeClock,
    private readonly server: FakeServer,
  ) {}

  openTab(): FakeTab {
    const { channels, clock, server } = this;
    const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    const storage = () => {
      if (this.isStorageForbidden) throw new Error("SecurityError");
      const { storage: items } = this;
      return {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, item: string) => items.set(key, item),
      };
    };
    const window = Object.assign(new EventTarget(), {
      fetch: server.fetch,
      WebSocket: function (url: string) {
        return server.connect(url);
      },
      BroadcastChannel: class extends FakeChannel {
        constructor(name: string) {
          super(name, channels);
        }
      },
      document,
      navigator: { onLine: true },
      setTimeout: (run: () => void, ms: number) => clock.set(run, ms),
      clearTimeout: (id: number) => clock.clear(id),
      requestAnimationFrame: (run: () => void) => clock.set(run, 16),
      cancelAnimationFrame: (id: number) => clock.clear(id),
      Date: { now: () => clock.now },
      Math: { random: () => 0.5 },
    });
    Object.defineProperties(window, { localStorage: { get: storage } });
    return { environment: window as unknown as Environment, window, document };
  }
}

export interface FakeTab {
  readonly environment: Environment;
  readonly window: EventTarget;
  readonly document: EventTarget & { visibilityState: string };
}

class FakeChannel {
  onmessage: ((message: { data: unknown }) => void) | null = null;

  constructor(
    readonly name: string,
    private readonly channels: FakeChannel[],
  ) {
    channels.push(this);
  }

  postMessage(data: unknown): void {
    for (const other of this.channels) if (other !== this && other.name === this.name) other.onmessage?.({ data });
  }

  close(): void {
    this.channels.splice(this.channels.indexOf(this), 1);
  }
}

function ok(body: object): Reply {
  return { status: 200, body: { status: "success", ...body } };
}

export function refused(status: number, code: string, headers: Record<string, string> = {}): Reply {
  return { status, body: { status: "failed", code, reason: code }, headers };
}
