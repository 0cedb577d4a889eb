// The live channel as the server speaks it: one socket, its rooms, its heartbeat; and what a network may do to it.
import type { WireEvent, WireFrame } from "../src/core/wire";
import type { FakeClock } from "./fake-browser";
import type { FakeServer } from "./fake-server";

/** A message takes so long, each way. */
const LATENCY_MS = 5;
const BATCH = 64;

interface Said {
  readonly type: string;
  readonly token?: string;
  readonly rooms?: readonly Place[];
  readonly urlId?: string;
  readonly chatId?: string;
}

interface Place {
  readonly urlId: string;
  readonly epoch?: string;
  readonly seq?: number;
}

export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((end: { code: number }) => void) | null = null;
  readyState = 0;
  /** Half-open: nothing passes any more, and neither end is told. */
  isDead = false;
  /** What the client said. */
  readonly said: Said[] = [];
  userId = "";
  token = "";
  /** By urlId: the last seq that was sent. */
  readonly rooms = new Map<string, number>();
  private wasHeard = true;

  constructor(
    readonly url: string,
    readonly owner: unknown,
    private readonly clock: FakeClock,
    private readonly server: FakeServer,
  ) {}

  get isOpen(): boolean {
    return this.readyState === 1;
  }

  get isClosed(): boolean {
    return this.readyState === 3;
  }

  /* ── The client's side ── */

  send(text: string): void {
    if (!this.isOpen) throw new Error("InvalidStateError");
    const said: Said = JSON.parse(text);
    this.said.push(said);
    this.clock.set(() => this.isOpen && !this.isDead && this.hear(said), LATENCY_MS);
  }

  close(): void {
    this.readyState = 3;
  }

  /* ── The server's side ── */

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
    this.clock.set(() => this.userId || this.end(4408), 5_000);
    this.beat();
  }

  end(code: number): void {
    if (this.isClosed || this.isDead) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  /** Sends a message as it is. */
  sendRaw(frame: unknown): void {
    const data = JSON.stringify(frame);
    this.clock.set(() => {
      try {
        if (this.isOpen && !this.isDead) this.onmessage?.({ data });
      } catch (error) {
        // As in a browser, where the page goes on.
        if (!data.endsWith(",null]")) throw error;
      }
    }, LATENCY_MS);
  }

  /** Sends those events of a room that this socket does not have, in batches. */
  sendEvents(urlId: string, all: readonly WireEvent[]): void {
    const sent = this.rooms.get(urlId);
    if (sent === undefined) return;
    const events = all.filter(({ seq }) => seq > sent);
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = events.slice(i, i + BATCH);
      if (this.server.isDamaging) this.sendRaw([...batch, null]);
      else this.sendRaw(batch.length > 1 ? batch : batch[0]);
    }
    this.rooms.set(urlId, events.at(-1)?.seq ?? sent);
  }

  private beat(): void {
    this.clock.set(() => {
      if (!this.isOpen) return;
      const rooms = [...this.rooms.keys()];
      if (this.userId)
        this.sendRaw({ type: "h", heads: Object.fromEntries(rooms.map((id) => [id, this.server.roomOf(id).seq])) });
      this.wasHeard = false;
      this.clock.set(() => {
        if (this.wasHeard) return;
        this.end(1001);
        // The server gives up on what is half-open; the client is not told.
        this.rooms.clear();
      }, 10_000);
      this.beat();
    }, 25_000);
  }

  private hear(said: Said): void {
    this.wasHeard = true;
    const { type, token = "", rooms = [], urlId = "", chatId } = said;
    if ((type === "hello") === !!this.userId) return this.end(4400);
    if (type === "hello") {
      this.token = token;
      this.userId = this.server.userOf(token) ?? "";
      if (!this.userId) return this.end(4401);
      this.sendRaw({ type: "welcome", heartbeatMs: 25_000, expiresAt: this.clock.now + 86_400_000 });
      for (const place of rooms) this.watch(place);
    } else if (type === "watch") this.watch(said as Place);
    else if (type === "unwatch") this.rooms.delete(urlId);
    else if (type === "typing") {
      const user = { id: this.userId, name: this.server.nameOf(this.userId) };
      this.server.tell(urlId, { type, urlId, chatId, user, untilMs: this.clock.now + 6_000 });
    }
  }

  private watch(place: Place): void {
    const { urlId } = place;
    const room = this.server.roomOf(urlId);
    if (this.server.forbidden.has(urlId) || !room.isFor(this.userId))
      return this.sendRaw({ type: "error", code: "not-found", urlId });
    const [watching, missed] = room.watch(place);
    this.sendRaw(watching);
    if (watching.result === "reset") return void this.rooms.delete(urlId);
    this.rooms.set(urlId, room.seq - missed.length);
    this.sendEvents(urlId, missed);
    this.sendRaw({ type: "p-u", urlId, sc: room.viewerCount } satisfies Partial<WireFrame>);
    // Its snapshot may be older than a right to see more; when all is asked for, that shows.
    this.clock.set(() => this.server.lookForCircles(urlId, [this]), LATENCY_MS);
  }
}
