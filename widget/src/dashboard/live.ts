// The tenant's live channel: a v2 socket to the room of those who run it (protocol/README.md). Says how it is used, each
// second, and when the moderation queue has changed. `link.ts` decides; this carries it out.
import type { Api } from "./api";
import { nextLookAt, startLink, stateOf, stepLink, type Effect, type Input, type LinkState } from "./link";
import type { Door, UsageFrame } from "./wire";

/** Something that happened in the tenant's room, such as `updated-comment`; of unknown content where a part was missed. */
export interface QueueEvent {
  readonly type: string;
  readonly [name: string]: unknown;
}

export interface Live {
  readonly state: LinkState;
  /** These return a function that ends the listening. */
  onState(listener: (state: LinkState) => void): () => void;
  onUsage(listener: (frame: UsageFrame) => void): () => void;
  /** The queue has changed: refetch what is shown of it. */
  onQueue(listener: (event: QueueEvent) => void): () => void;
  /** Does at once what is due later. */
  retry(): void;
  end(): void;
}

interface Frame {
  readonly type: string;
  readonly seq?: number;
  readonly heads?: Readonly<Record<string, number>>;
  readonly heartbeatMs?: number;
  readonly reconnectMs?: readonly [number, number];
  readonly result?: string;
  readonly missed?: number;
}

export function openLive(api: Api): Live {
  const over = new AbortController();
  const listeners = {
    state: new Set<(state: LinkState) => void>(),
    usage: new Set<(frame: UsageFrame) => void>(),
    queue: new Set<(event: QueueEvent) => void>(),
  };
  let door: Door | undefined;
  let seq = 0;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const [first, effects] = startLink(Date.now(), navigator.onLine);
  let link = first;
  let told = stateOf(link, Date.now());

  function feed(input: Input): void {
    if (over.signal.aborted) return;
    const [next, effects] = stepLink(link, input, Date.now(), Math.random());
    link = next;
    for (const effect of effects) carryOut(effect);
    look();
  }

  /** Tells a new state, and sets the clock for what is next. */
  function look(): void {
    const now = Date.now();
    const state = stateOf(link, now);
    if (state !== told) {
      told = state;
      for (const listener of listeners.state) listener(state);
    }
    clearTimeout(timer);
    const at = nextLookAt(link, now);
    if (at < Infinity) timer = setTimeout(() => feed({ type: "wake" }), Math.max(0, at - now) + 1);
  }

  function carryOut(effect: Effect): void {
    if (effect === "ask") void ask();
    else if (effect === "hello") say({ type: "hello", token: door?.userIdWS, rooms: [{ ...door?.room, seq }] });
    else {
      const old = socket;
      socket = undefined;
      old?.close();
      if (effect === "dial") dial();
    }
  }

  async function ask(): Promise<void> {
    const known = door;
    const answer = await api.get<Door>("live", {}, over.signal);
    if (answer.ok) {
      door = answer.value;
      if (known && (known.room.epoch !== door.room.epoch || seq !== door.room.seq)) tellQueue({ type: "missed" });
      ({ seq } = door.room);
    }
    const isOver = !answer.ok && (answer.status === 401 || answer.status === 403);
    feed({ type: answer.ok ? "answered" : isOver ? "refused" : "failed" });
  }

  function dial(): void {
    const url = `${location.origin.replace(/^http/, "ws")}/sub?tenantIdWS=${encodeURIComponent(door?.tenantIdWS ?? "")}&v=2`;
    try {
      const mine = (socket = new WebSocket(url));
      mine.onopen = () => mine === socket && feed({ type: "opened" });
      mine.onmessage = ({ data }) => mine === socket && take(JSON.parse(`${data}`) as Frame | Frame[]);
      mine.onclose = ({ code }) => mine === socket && feed({ type: "closed", code });
    } catch {
      queueMicrotask(() => feed({ type: "closed", code: 0 }));
    }
  }

  function say(message: object): void {
    if (socket?.readyState === 1) socket.send(JSON.stringify(message));
  }

  function take(data: Frame | readonly Frame[]): void {
    feed({ type: "heard" });
    for (const frame of [data].flat() as Frame[]) takeOne(frame);
  }

  function takeOne(frame: Frame): void {
    const { type } = frame;
    if (type === "usage") for (const listener of listeners.usage) listener(frame as unknown as UsageFrame);
    else if (type === "welcome") feed({ type, heartbeatMs: frame.heartbeatMs ?? 25_000 });
    else if (type === "h") {
      say({ type: "h" });
      const head = frame.heads?.[door?.room.urlId ?? ""] ?? 0;
      if (head > seq) {
        seq = head;
        tellQueue({ type: "missed" });
      }
    } else if (type === "bye" && frame.reconnectMs)
      feed({ type, fromMs: frame.reconnectMs[0], toMs: frame.reconnectMs[1] });
    else if ((type === "watching" && frame.result === "reset") || type === "error") feed({ type: "reset" });
    else if (type !== "watching" && frame.seq) {
      seq = Math.max(seq, frame.seq);
      tellQueue({ ...frame });
    }
  }

  function tellQueue(event: QueueEvent): void {
    for (const listener of listeners.queue) listener(event);
  }

  const { signal } = over;
  const online = () => feed({ type: navigator.onLine ? "online" : "offline" });
  for (const type of ["online", "offline"]) addEventListener(type, online, { signal });
  // Timers of a page that slept are late.
  document.addEventListener("visibilitychange", () => feed({ type: "wake" }), { signal });
  for (const effect of effects) carryOut(effect);
  look();

  const listen =
    <L>(to: Set<L>) =>
    (listener: L) => {
      to.add(listener);
      return () => void to.delete(listener);
    };
  return {
    get state() {
      return told;
    },
    onState: listen(listeners.state),
    onUsage: listen(listeners.usage),
    onQueue: listen(listeners.queue),
    retry() {
      // A refusal may have been taken back since.
      if (link.phase === "ended") link = { ...link, phase: "wait", then: "ask" };
      link = { ...link, wakeAt: Math.min(link.wakeAt, Date.now()), isOnline: true };
      feed({ type: "wake" });
    },
    end() {
      carryOut("hang-up");
      over.abort();
      clearTimeout(timer);
    },
  };
}
