// How the live channel keeps up: a pure machine. `live.ts` does what it says, and tells it what has happened.
//
//   ask ─▶ dial ─▶ hello ─▶ up ─┐       4401, 4403, reset: ask anew
//    ▲       ▲                  │       anything else: dial again, after a while of full jitter
//    └───────┴────── wait ◀─────┘       silence: hang up, as if closed
import { backoffMs } from "../core/backoff";

export type LinkState = "connecting" | "live" | "reconnecting" | "offline";

export interface Link {
  readonly phase: "ask" | "dial" | "hello" | "up" | "wait" | "ended";
  /** What comes after the wait. */
  readonly then: "ask" | "dial";
  /** Failed attempts since it was last up. */
  readonly attempt: number;
  /** Since when it is up, or is not; epoch ms. */
  readonly since: number;
  readonly wasUp: boolean;
  readonly isOnline: boolean;
  /** When the machine wants to be woken, epoch ms; Infinity for never. */
  readonly wakeAt: number;
  /** How long silence is no sign of a loss. */
  readonly patienceMs: number;
  /** The server asked to stay away for so long. */
  readonly byeMs?: number | undefined;
}

export type Input =
  | { readonly type: "answered" | "failed" | "refused" | "opened" | "heard" | "reset" | "online" | "offline" | "wake" }
  | { readonly type: "welcome"; readonly heartbeatMs: number }
  | { readonly type: "bye"; readonly fromMs: number; readonly toMs: number }
  | { readonly type: "closed"; readonly code: number };

export type Effect = "ask" | "dial" | "hello" | "hang-up";

const reconnectingAfterMs = 2_000;
const offlineAfterMs = 10_000;
/** An answer, an open socket or a welcome that takes longer will not come. */
const stepMs = 15_000;
const stableMs = 10_000;

export function startLink(now: number, isOnline: boolean): [Link, Effect[]] {
  const idle: Link = {
    phase: "wait",
    then: "ask",
    attempt: 0,
    since: now,
    wasUp: false,
    isOnline,
    wakeAt: Infinity,
    patienceMs: 35_000,
  };
  return isOnline ? enter(idle, "ask", now) : [idle, []];
}

export function stepLink(link: Link, input: Input, now: number, random: number): [Link, Effect[]] {
  const { phase, then, patienceMs } = link;
  if (phase === "ended") return [link, []];
  switch (input.type) {
    case "answered":
      return phase === "ask" ? enter(link, "dial", now) : [link, []];
    case "opened":
      return phase === "dial" ? [{ ...link, phase: "hello", wakeAt: now + stepMs }, ["hello"]] : [link, []];
    case "welcome":
      return [
        {
          ...link,
          phase: "up",
          since: now,
          wasUp: true,
          patienceMs: input.heartbeatMs + 10_000,
          wakeAt: now + input.heartbeatMs + 10_000,
        },
        [],
      ];
    case "heard":
      return [phase === "up" ? { ...link, wakeAt: now + patienceMs } : link, []];
    case "bye":
      return [{ ...link, byeMs: input.fromMs + random * (input.toMs - input.fromMs) }, []];
    case "refused":
      return [{ ...link, phase: "ended", wakeAt: Infinity }, ["hang-up"]];
    case "failed":
      return phase === "ask" ? rest(link, "ask", now, random) : [link, []];
    case "reset":
      return askAnew(link, now, random);
    case "closed":
      // The token is out of date, or is for nothing that there is; the first time, at once.
      if (input.code === 4401 && phase === "up") return askAnew(link, now, random);
      return rest(link, input.code === 4401 || input.code === 4403 ? "ask" : "dial", now, random);
    case "offline":
      return [{ ...link, isOnline: false, phase: "wait", since: lostAt(link, now), wakeAt: Infinity }, ["hang-up"]];
    case "online":
      return phase === "wait" ? enter({ ...link, isOnline: true }, then, now) : [{ ...link, isOnline: true }, []];
    case "wake":
      if (now < link.wakeAt) return [link, []];
      if (phase === "wait") return enter(link, then, now);
      return rest(link, phase === "ask" ? "ask" : "dial", now, random);
  }
}

/** What people are told: a short loss is not worth a word. */
export function stateOf({ phase, since, wasUp, isOnline }: Link, now: number): LinkState {
  if (phase === "up") return "live";
  const lostMs = now - since;
  if (!isOnline || phase === "ended" || lostMs >= offlineAfterMs) return "offline";
  if (!wasUp) return "connecting";
  return lostMs >= reconnectingAfterMs ? "reconnecting" : "live";
}

/** When `stateOf` may say something else, or the machine has something to do; epoch ms. */
export function nextLookAt(link: Link, now: number): number {
  const looks =
    link.phase === "up" ? [] : [link.since + reconnectingAfterMs, link.since + offlineAfterMs].filter((at) => at > now);
  return Math.min(link.wakeAt, ...looks);
}

function enter(link: Link, phase: "ask" | "dial", now: number): [Link, Effect[]] {
  return [{ ...link, phase, then: phase, byeMs: undefined, wakeAt: now + stepMs }, [phase]];
}

/** At once the first time; a server that has the same answer each time is not asked without a pause. */
function askAnew(link: Link, now: number, random: number): [Link, Effect[]] {
  return rest(attemptOf(link, now) ? link : { ...link, byeMs: 0 }, "ask", now, random);
}

/** A server that lets everybody in and closes at once is not up. */
const attemptOf = ({ phase, since, attempt }: Link, now: number) =>
  phase === "up" && now - since >= stableMs ? 0 : attempt;

const lostAt = ({ phase, since }: Link, now: number) => (phase === "up" ? now : since);

function rest(link: Link, then: "ask" | "dial", now: number, random: number): [Link, Effect[]] {
  const { byeMs, isOnline } = link;
  const since = lostAt(link, now);
  const attempt = attemptOf(link, now);
  const waitMs = byeMs ?? backoffMs(attempt, random);
  const next: Link = {
    ...link,
    phase: "wait",
    then,
    since,
    attempt: attempt + 1,
    wakeAt: isOnline ? now + waitMs : Infinity,
  };
  return [next, ["hang-up"]];
}
