// The connection as a state machine: inputs in, effects out; clock and chance are passed in.
//
//  phase    means                       input → phase [effects]
//  ───────  ──────────────────────────  ────────────────────────────────────────────────────────────────────────────────
//  load     a snapshot is being read    loaded → dial [dial], or, with an open socket, sync [read-log]
//                                       failed → wait; with a refusal → refused [hang-up]; closed → load
//  dial     the socket is opening       opened → sync [read-log]; closed → wait [read-log]; 10 s → wait [hang-up, read-log]
//                                       reset → load [load]
//  sync     open; the log is being      caught-up → live; failed → wait; closed → wait
//           read from our position on   reset → load [load]; reset again, right after a snapshot → wait
//  live     open, nothing missing       gap → sync [read-log]; closed → wait; online → dial [dial]
//  wait     until the next attempt      its time, nudge, try, online → attempt; reset → load [load]
//  refused  will not be let in          try → load [load]
//
//  attempt  = load [load] without a snapshot, dial [dial] without a socket, else sync [read-log]
//  closed   with 4400 or 4403 → refused; with 4401 the next attempt begins with a snapshot
//  expired  (the socket's ticket) → wait [hang-up], from load → load [hang-up]; the next attempt begins with a snapshot
//
// The log is read after every opening (what came between snapshot and socket is in it) and after every opening that
// failed: where a proxy blocks WebSocket, others' changes come at least then. `read-log` and `dial` replace an earlier one
// that is under way. After "online" the old socket is given up even if it looks open: the network under it is gone.

import { backoffMs } from "./backoff";
import type { LinkState } from "./model";

export interface Link {
  readonly phase: "load" | "dial" | "sync" | "live" | "wait" | "refused";
  readonly isOpen: boolean;
  readonly hasSnapshot: boolean;
  /** The snapshot has not been followed by a successful reading of the log yet. */
  readonly isFresh: boolean;
  readonly isOnline: boolean;
  readonly wasLive: boolean;
  /** Failed attempts since the line was last stable. */
  readonly attempt: number;
  /** Epoch ms; Infinity for never. */
  readonly wakeAt: number;
  /** Since when there is no line, epoch ms; Infinity while there is. */
  readonly lostAt: number;
  /** Since when there is one; Infinity while there is not. */
  readonly liveAt: number;
  readonly refusal?: string | undefined;
}

export type LinkInput =
  | { readonly type: "loaded" | "opened" | "caught-up" | "reset" | "expired" | "gap" }
  | { readonly type: "nudge" | "try" | "online" | "offline" | "wake" }
  /** Of a snapshot or a reading of the log; `refusal` if the same answer is to be expected again. */
  | { readonly type: "failed"; readonly refusal?: string }
  | { readonly type: "closed"; readonly code: number };

export type LinkEffect = "load" | "dial" | "hang-up" | "read-log";

const DIAL_MS = 10_000;
const STABLE_MS = 30_000;
const RECONNECTING_AFTER_MS = 2_000;
const OFFLINE_AFTER_MS = 10_000;

/** The first state; its effect is "load". */
export function startLink(now: number, isOnline: boolean): Link {
  const flags = { isOpen: false, hasSnapshot: false, isFresh: false, isOnline, wasLive: false };
  return { ...flags, phase: "load", attempt: 0, wakeAt: Infinity, lostAt: now, liveAt: Infinity };
}

type Step = [Link, LinkEffect[]];

/** The next state and what is to be done; the same `link` if the input means nothing now. `random` is in [0, 1). */
export function stepLink(link: Link, input: LinkInput, now: number, random: number): Step {
  const { phase } = link;
  const isWaiting = phase === "wait";
  const isLoading = phase === "load";
  const stay: Step = [link, []];
  const go = (changes: Partial<Link>, ...effects: LinkEffect[]): Step => [{ ...link, ...changes }, effects];
  const lost = { lostAt: Math.min(link.lostAt, now), liveAt: Infinity };

  const attempt = (changes: Partial<Link> = {}): Step => {
    const { hasSnapshot, isOpen } = { ...link, ...changes };
    if (!hasSnapshot) return go({ ...changes, phase: "load", wakeAt: Infinity }, "load");
    if (!isOpen) return go({ ...changes, phase: "dial", wakeAt: now + DIAL_MS }, "dial");
    return go({ ...changes, phase: "sync", wakeAt: Infinity }, "read-log");
  };
  const wait = (changes: Partial<Link>, ...effects: LinkEffect[]): Step => {
    const failures = now - link.liveAt >= STABLE_MS ? 0 : link.attempt;
    const wakeAt = now + backoffMs(failures, random);
    return go({ ...changes, ...lost, phase: "wait", attempt: failures + 1, wakeAt }, ...effects);
  };
  const refuse = (refusal: string): Step =>
    go({ ...lost, phase: "refused", isOpen: false, hasSnapshot: false, wakeAt: Infinity, refusal }, "hang-up");

  if (input.type === "offline") return go({ isOnline: false });
  if (phase === "refused") return input.type === "try" ? attempt({ refusal: undefined }) : stay;

  switch (input.type) {
    case "loaded":
      return isLoading ? attempt({ hasSnapshot: true, isFresh: true }) : stay;
    case "opened":
      return phase === "dial" ? attempt({ isOpen: true }) : go({ isOpen: true });
    case "caught-up": {
      const liveAt = Math.min(link.liveAt, now);
      // Whatever the browser thinks, we are online.
      const flags = { isFresh: false, isOnline: true, wasLive: true };
      return phase === "sync" ? go({ ...flags, phase: "live", lostAt: Infinity, liveAt }) : stay;
    }
    case "gap":
      return phase === "live" ? attempt() : stay;
    case "reset":
      if (isLoading) return stay;
      return (link.isFresh ? wait : attempt)({ hasSnapshot: false });
    case "expired": {
      const expired = { isOpen: false, hasSnapshot: false };
      return (isLoading || isWaiting ? go : wait)(expired, "hang-up");
    }
    case "failed":
      if (input.refusal !== undefined) return refuse(input.refusal);
      return isLoading || phase === "sync" ? wait({}) : stay;
    case "closed": {
      const { code } = input;
      if (code === 4400 || code === 4403) return refuse(code === 4403 ? "forbidden" : "invalid-input");
      const closed = { isOpen: false, hasSnapshot: link.hasSnapshot && code !== 4401 };
      if (isLoading || isWaiting) return go({ ...closed, ...lost });
      return phase === "dial" ? wait(closed, "read-log") : wait(closed);
    }
    case "online":
      return isLoading ? go({ isOnline: true }) : attempt({ ...lost, isOnline: true, isOpen: false });
    case "nudge":
    case "try":
      return isWaiting ? attempt() : stay;
    case "wake":
      if (now < link.wakeAt) return stay;
      return phase === "dial" ? wait({}, "hang-up", "read-log") : attempt();
  }
}

/** What the reader is told: a short loss is not worth a word. */
export function linkState(link: Link, now: number): LinkState {
  if (link.phase === "refused") return "refused";
  const lostMs = now - link.lostAt;
  if (!link.isOnline || lostMs >= OFFLINE_AFTER_MS) return "offline";
  if (lostMs >= RECONNECTING_AFTER_MS) return "reconnecting";
  return link.wasLive ? "live" : "connecting";
}

/** When to come back with "wake", epoch ms: for the next attempt, or because linkState changes. Infinity for never. */
export function nextWakeAt(link: Link, now: number): number {
  if (link.phase === "refused") return Infinity;
  const changes = [RECONNECTING_AFTER_MS, OFFLINE_AFTER_MS].map((ms) => link.lostAt + ms).filter((at) => at > now);
  return Math.min(link.wakeAt, ...changes);
}
