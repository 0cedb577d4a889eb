// A browser without a network: virtual time, tabs that can be killed, and faults that a test commands.
import type { Environment } from "../src/io/client";
import type { FakeServer } from "./fake-server";

/** Timers in virtual time; promises are let run between them. */
export class FakeClock {
  now = 10_000_000;
  private readonly timers = new Map<number, { at: number; run: () => void; owner: unknown }>();
  private ids = 0;

  set(run: () => void, ms: number, owner?: unknown): number {
    this.timers.set(++this.ids, { at: this.now + ms, run, owner });
    return this.ids;
  }

  clear(id: number): void {
    this.timers.delete(id);
  }

  /** Takes away all timers of a page that is no more. */
  drop(owner: unknown): void {
    for (const [id, timer] of this.timers) if (timer.owner === owner) this.timers.delete(id);
  }

  /** How many timers pages have. */
  get size(): number {
    return [...this.timers.values()].filter(({ owner }) => owner !== undefined).length;
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await flush();
      let next: [number, { at: number; run: () => void }] | undefined;
      for (const entry of this.timers) if (entry[1].at <= end && (!next || entry[1].at < next[1].at)) next = entry;
      if (!next) break;
      this.timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].run();
    }
    this.now = end;
  }

  /** The machine sleeps: time passes, and nothing runs until it is over. */
  sleep(ms: number): void {
    this.now += ms;
  }
}

async function flush(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

/** One browser; tabs of it share storage and channels. */
export class FakeBrowser {
  readonly channels: FakeChannel[] = [];
  readonly storage = new Map<string, string>();
  isStorageForbidden = false;
  isStorageFull = false;

  constructor(
    private readonly clock: FakeClock,
    private readonly server: FakeServer,
    private readonly random = () => 0.5,
  ) {}

  openTab(): FakeTab {
    const { channels, clock, server, random } = this;
    const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    const tab = { isDead: false };
    const storage = () => {
      if (this.isStorageForbidden) throw new Error("SecurityError");
      return Object.assign(Object.create(this.methods) as Storage, Object.fromEntries(this.storage));
    };
    const window = Object.assign(new EventTarget(), {
      fetch: async (url: string, init: RequestInit) => {
        const answer = server.fetch(url, init);
        await answer.catch(() => undefined);
        return tab.isDead ? new Promise(() => undefined) : answer;
      },
      WebSocket: function (url: string) {
        return server.connect(url, tab);
      },
      BroadcastChannel: class extends FakeChannel {
        constructor(name: string) {
          super(name, channels, tab);
        }
      },
      document,
      navigator: { onLine: true },
      setTimeout: (run: () => void, ms: number) => (tab.isDead ? 0 : clock.set(run, ms, tab)),
      clearTimeout: (id: number) => clock.clear(id),
      requestAnimationFrame: (run: () => void) => (tab.isDead ? 0 : clock.set(run, 16, tab)),
      cancelAnimationFrame: (id: number) => clock.clear(id),
      Date: { now: () => clock.now },
      Math: { random },
    });
    Object.defineProperties(window, { localStorage: { get: storage } });
    return {
      environment: window as unknown as Environment,
      window,
      document,
      show(visibilityState) {
        document.visibilityState = visibilityState;
        document.dispatchEvent(new Event("visibilitychange"));
      },
      kill() {
        tab.isDead = true;
        clock.drop(tab);
        server.abandon(tab);
        for (const channel of channels.filter(({ owner }) => owner === tab)) channel.close();
      },
    };
  }

  private readonly methods = {
    getItem: (key: string) => this.storage.get(key) ?? null,
    setItem: (key: string, item: string) => {
      if (this.isStorageFull) throw new Error("QuotaExceededError");
      this.storage.set(key, item);
    },
    removeItem: (key: string) => this.storage.delete(key),
  };
}

export interface FakeTab {
  readonly environment: Environment;
  readonly window: EventTarget;
  readonly document: EventTarget & { visibilityState: string };
  show(visibilityState: "hidden" | "visible"): void;
  /** Ends it as a reload or a crash does: nothing of it runs any more. */
  kill(): void;
}

class FakeChannel {
  onmessage: ((message: { data: unknown }) => void) | null = null;

  constructor(
    readonly name: string,
    private readonly channels: FakeChannel[],
    readonly owner: unknown,
  ) {
    channels.push(this);
  }

  postMessage(data: unknown): void {
    for (const other of [...this.channels]) if (other !== this && other.name === this.name) other.onmessage?.({ data });
  }

  close(): void {
    this.channels.splice(this.channels.indexOf(this), 1);
  }
}
