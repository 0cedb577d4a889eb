// The connection as a state machine: inputs in, effects out; clock and chance are passed in.
//
//  phase    means                       input → phase [effects]
//  ───────  ──────────────────────────  ────────────────────────────────────────────────────────────────────────────────
//  load     a snapshot is being read    loaded → attempt; failed → wait; with a refusal → refused [hang-up]
//  dial     the socket is opening       opened → attempt; 10 s → as closed
//  read     open; the log is being      caught-up → live; failed → wait
//           read from our position on
//  live     open, nothing missing       gap → attempt
//  wait     until the next attempt      its time, nudge, try → attempt
//  refused  will not be let in          try → load [load]
//
//  attempt  = load [load] without a snapshot, dial [dial] without a socket, else read [read]
//  closed   → wait [hang-up]; from dial [read] too. With 4400 or 4403 → refused; with 4401 (also: the ticket is no longer
//           good) the next attempt begins with a snapshot
//  reset    → load [load]; while attempts fail, or again before the line was stable → wait
//  online   → attempt, with a new socket: the network under the old one is gone
//
// The log is read after every opening (what came between snapshot and socket is in it) and after every opening that
// failed: where a proxy blocks WebSocket, others' changes come at least then. `read` and `dial` replace an earlier one
// that is under way.

import { backoffMs } from "./backoff";
import type { LinkState } from "./model";

export interface Link {
  readonly phase: "load" | "dial" | "read" | "live" | "wait" | "refused";
  readonly isOpen: boolean;
  readonly hasSnapshot: boolean;
  readonly isOnline: boolean;
  readonly wasLive: boolean;
  /** Failed attempts since the line was last stable. */
  readonly attempt: number;
  /** Epoch ms; Infinity for never. */
  readonly wakeAt: number;
  /** There is a line, or there is none, since this time, epoch ms. */
  readonly isUp: boolean;
  readonly since: number;
  readonly refusal?: string | undefined;
}

export type LinkInput =
  | { readonly type: "loaded" | "opened" | "caught-up" | "reset" | "gap" }
  | { readonly type: "nudge" | "try" | "online" | "offline" | "wake" }
  /** Of a snapshot or a reading of the log; `refusal` if the same answer is to be expected again. */
  | { readonly type: "failed"; readonly refusal?: string | undefined }
  | { readonly type: "closed"; readonly code: number };

export type LinkEffect = "load" | "dial" | "hang-up" | "read";

const DIAL_MS = 10_000;
const STABLE_MS = 30_000;
const RECONNECTING_AFTER_MS = 2_000;
const OFFLINE_AFTER_MS = 10_000;

/** The first state; its effect is "load". */
export function startLink(now: number, isOnline: boolean): Link {
  const flags = { isOpen: false, hasSnapshot: false, isOnline, wasLive: false, isUp: false };
  return { ...flags, phase: "load", attempt: 0, wakeAt: Infinity, since: now };
}

type Step = [Link, LinkEffect[]];

/** The next state and what is to be done; the same `link` if the input means nothing now. `random` is in [0, 1). */
export function stepLink(link: Link, input: LinkInput, now: number, random: number): Step {
  const { phase, isUp } = link;
  const stay: Step = [link, []];
  const down = isUp ? { isUp: false, since: now } : {};

  const attempt = (changes: Partial<Link> = {}): Step => {
    const next = { ...link, wakeAt: Infinity, ...changes };
    const to = !next.hasSnapshot ? "load" : !next.isOpen ? "dial" : "read";
    return [{ ...next, phase: to, ...(to === "dial" && { wakeAt: now + DIAL_MS }) }, [to]];
  };
  const wait = (changes: Partial<Link> = {}, ...effects: LinkEffect[]): Step => {
    const failures = isUp && now - link.since >= STABLE_MS ? 0 : link.attempt;
    const wakeAt = now + backoffMs(failures, random);
    return [{ ...link, ...changes, ...down, phase: "wait", attempt: failures + 1, wakeAt }, effects];
  };
  const close = (code = 0): Step => {
    if (code === 4400 || code === 4403) return refuse("forbidden");
    const closed = { isOpen: false, hasSnapshot: link.hasSnapshot && code !== 4401 };
    return phase === "dial" ? wait(closed, "hang-up", "read") : wait(closed, "hang-up");
  };
  const refuse = (refusal: string): Step => [
    { ...link, ...down, phase: "refused", isOpen: false, hasSnapshot: false, wakeAt: Infinity, refusal },
    ["hang-up"],
  ];

  if (input.type === "offline") return [{ ...link, isOnline: false }, []];
  if (phase === "refused") return input.type === "try" ? attempt({ refusal: undefined }) : stay;

  switch (input.type) {
    case "loaded":
      return attempt({ hasSnapshot: true });
    case "opened":
      return phase === "dial" ? attempt({ isOpen: true }) : [{ ...link, isOpen: true }, []];
    case "caught-up":
      if (phase !== "read") return stay;
      // Whatever the browser thinks, we are online.
      return [{ ...link, ...(!isUp && { isUp: true, since: now }), isOnline: true, wasLive: true, phase: "live" }, []];
    case "gap":
      return phase === "live" ? attempt() : stay;
    case "reset":
      if (phase === "load") return stay;
      return (link.attempt ? wait : attempt)({ hasSnapshot: false, attempt: 1 });
    case "failed":
      if (input.refusal) return refuse(input.refusal);
      return phase === "load" || phase === "read" ? wait() : stay;
    case "closed":
      return close(input.code);
    case "online":
      return attempt({ ...down, isOnline: true, isOpen: false });
    case "nudge":
    case "try":
      return phase === "wait" ? attempt() : stay;
    case "wake":
      if (now < link.wakeAt) return stay;
      return phase === "dial" ? close() : attempt();
  }
}

/** What the reader is told: a short loss is not worth a word. */
export function linkState({ phase, isUp, since, isOnline, wasLive }: Link, now: number): LinkState {
  if (phase === "refused") return "refused";
  const lostMs = isUp ? 0 : now - since;
  if (!isOnline || lostMs >= OFFLINE_AFTER_MS) return "offline";
  if (lostMs >= RECONNECTING_AFTER_MS) return "reconnecting";
  return wasLive ? "live" : "connecting";
}

/** When to come back with "wake", epoch ms: for the next attempt, or because linkState changes. Infinity for never. */
export function nextWakeAt({ phase, isUp, since, wakeAt }: Link, now: number): number {
  if (isUp || phase === "refused") return wakeAt;
  const changes = [RECONNECTING_AFTER_MS, OFFLINE_AFTER_MS].map((ms) => since + ms).filter((at) => at > now);
  return Math.min(wakeAt, ...changes);
}
