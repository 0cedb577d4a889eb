// The page's one socket and the rooms on it, one for each container, as a state machine: inputs in, effects out; clock
// and chance are passed in.
//
//  line     means                          input → line [effects]
//  ───────  ─────────────────────────────  ────────────────────────────────────────────────────────────────────────────
//  wait     until the next attempt, or     its time; seen, try; the first token → dial [dial]
//           for a token
//  dial     no frame has come yet          opened [hello, with every idle room → watch]; heard → open; 10 s → as closed
//  open     the server speaks              30 s of silence; seen: every live room → watch [watch]
//  sleep    hidden for 5 min               seen, try → dial [dial]
//  refused  will not be let in             try → wait, every room → load [load]
//
//  closed   → wait [hang-up], after a bye for as long as it said. With 4400 or 4403 → refused, every room too; with 4401
//           every room → none and the line waits for a token; without a frame since the second dial in a row: every idle
//           room → load [load], so that others' changes come where a proxy blocks WebSocket
//  online   → dial, with a new socket [hang-up, dial]: the network under the old one is gone
//  hidden   5 min later → sleep [hang-up]
//
//  room     means                          input → room [effects]
//  ───────  ─────────────────────────────  ────────────────────────────────────────────────────────────────────────────
//  none     knows no position, or the      its time; seen, try → load [load]
//           line no token
//  load     a snapshot is being read       loaded → idle; failed → idle, without position or token none; with a refusal
//                                          → refused
//  idle     knows its position             line open: → watch [watch]
//  watch    asked for, and what it missed  nothing left → live [live]; 5 s (after hello 10 s) in which what is left does
//           is on its way                  not get less → as closed
//  live     nothing is missing             gap → watch [watch]; something left for 2 s → watch [watch]
//  refused  may not be read                try → load [load]
//
//  reset    → load [load]; again before the room was stable → none
//
// What a page shows may come from several rooms of the server; here they are one, and what is left is counted over all.
// Thus a line that is half open is given up after 30 + 5 s, and one whose timers were late is asked before it is.

import { backoffMs } from "./backoff";
import { SLEEP_AFTER_MS, trial, type Draft, type Room, type RoomDraft, type Session, type Trial } from "./link";

export type Input<Key> =
  | { readonly type: "opened" | "heard" | "online" | "offline" | "hidden" | "seen" | "try" | "wake" }
  | { readonly type: "join" | "leave" | "loaded" | "reset" | "gap"; readonly room: Key }
  /** `refusal` if the same answer is to be expected again. */
  | { readonly type: "failed"; readonly room: Key; readonly refusal?: string | undefined }
  /** So many events are known to be missing; Infinity until the server has answered the watch. */
  | { readonly type: "at"; readonly room: Key; readonly missing: number }
  | { readonly type: "bye"; readonly fromMs: number; readonly toMs: number }
  | { readonly type: "closed"; readonly code: number };

export type Effect<Key> = readonly ["dial" | "hello" | "hang-up"] | readonly ["load" | "watch" | "live", Key];

const DIAL_MS = 10_000;
const SILENCE_MS = 30_000;
const HEAL_MS = 5_000;
const GRACE_MS = 2_000;
const STABLE_MS = 30_000;

/** The next state and what is to be done, in this order. `random` is in [0, 1). */
export function stepSession<Key>(
  old: Session<Key>,
  input: Input<Key>,
  now: number,
  random: number,
): [Session<Key>, Effect<Key>[]] {
  const rooms = new Map([...old.rooms].map(([key, room]) => [key, { ...room }]));
  const line: Draft<Key> = { ...old, rooms };
  const todo: Effect<Key>[] = [];

  /** Does something with each room that is in one of these phases. */
  const each = (phases: RegExp, act: (it: RoomDraft, key: Key) => void): void =>
    rooms.forEach((it, key) => phases.test(it.phase) && act(it, key));
  /** Counts a failure; when to try again. */
  const later = (it: Trial): number => {
    if (it.isUp && now - it.since >= STABLE_MS) it.attempt = 0;
    return now + backoffMs(it.attempt++, random);
  };
  const turn = (it: Trial, isUp: boolean): void => {
    if (it.isUp !== isUp) it.since = now;
    it.isUp = isUp;
  };
  const enter = (it: RoomDraft, phase: Room["phase"], wakeAt = Infinity): void => {
    it.phase = phase;
    it.wakeAt = wakeAt;
    it.missing = Infinity;
  };
  const load = (it: RoomDraft, key: Key): void => {
    enter(it, "load");
    todo.push(["load", key]);
  };
  const watch = (it: RoomDraft, key: Key): void => {
    enter(it, "watch", now + HEAL_MS);
    todo.push(["watch", key]);
  };
  const idle = (it: RoomDraft, key: Key): void => {
    enter(it, "idle");
    if (line.phase === "open") watch(it, key);
  };
  const refuse = (it: RoomDraft, refusal: string): void => {
    enter(it, "refused");
    turn(it, false);
    it.refusal = refusal;
  };
  const dial = (): void => {
    if (line.phase !== "wait" || !line.hasToken) return;
    line.phase = "dial";
    line.wakeAt = now + DIAL_MS;
    todo.push(["dial"]);
  };
  /** All that waits is tried now. */
  const attempt = (): void => {
    each(/none/, load);
    dial();
  };
  /** The server answers a watch, and with it what was missed. */
  const probe = (): void => {
    if (line.phase !== "open") return;
    line.wakeAt = now + SILENCE_MS;
    each(/live/, watch);
  };
  const hangUp = (phase: "wait" | "sleep" | "refused", wakeAt = Infinity): void => {
    line.phase = phase;
    line.wakeAt = wakeAt;
    line.byeMs = undefined;
    turn(line, false);
    each(/watch|live/, (it) => enter(it, "idle"));
    each(/./, (it) => turn(it, false));
    todo.push(["hang-up"]);
  };
  const close = (code = 0): void => {
    const isExpired = code === 4401;
    const wasDialing = line.phase === "dial";
    const at = later(line);
    if (code === 4400 || code === 4403) {
      hangUp("refused");
      return each(/./, (it) => refuse(it, "forbidden"));
    }
    if (isExpired) {
      line.hasToken = false;
      each(/none|idle|watch|live/, (it) => enter(it, "none", later(it)));
    }
    hangUp("wait", isExpired ? Infinity : line.byeMs === undefined ? at : now + line.byeMs);
    if (wasDialing && line.attempt > 1) each(/idle/, load);
  };

  if ("room" in input) {
    const key = input.room;
    if (input.type === "join") {
      const it: RoomDraft = { ...trial(now), phase: "none", wasLive: false, isKnown: false, missing: Infinity };
      rooms.set(key, it);
      load(it, key);
    }
    const it = rooms.get(key);
    if (!it) return [old, todo];
    switch (input.type) {
      case "leave":
        rooms.delete(key);
        break;
      case "loaded":
        if (it.phase !== "load") break;
        line.hasToken = true;
        it.isKnown = true;
        idle(it, key);
        // Nothing but the token was waited for.
        if (line.wakeAt === Infinity) dial();
        break;
      case "failed": {
        if (input.refusal) {
          refuse(it, input.refusal);
          break;
        }
        if (it.phase !== "load") break;
        const at = later(it);
        turn(it, false);
        if (line.hasToken && it.isKnown) idle(it, key);
        else enter(it, "none", at);
        break;
      }
      case "reset":
        if (/^(load|none|ref)/.test(it.phase)) break;
        it.isKnown = false;
        enter(it, "none", later(it));
        if (it.attempt === 1) load(it, key);
        else turn(it, false);
        break;
      case "at":
        if (it.phase === "live") it.wakeAt = input.missing ? Math.min(it.wakeAt, now + GRACE_MS) : Infinity;
        if (it.phase !== "watch") break;
        if (input.missing < it.missing) it.wakeAt = now + HEAL_MS;
        it.missing = input.missing;
        if (it.missing) break;
        enter(it, "live");
        turn(it, true);
        it.wasLive = true;
        todo.push(["live", key]);
        break;
      case "gap":
        if (it.phase === "live") watch(it, key);
    }
    return [line, todo];
  }

  switch (input.type) {
    case "opened":
      line.wakeAt = now + DIAL_MS;
      each(/idle/, (it) => enter(it, "watch", line.wakeAt));
      todo.push(["hello"]);
      break;
    case "heard":
      line.wakeAt = now + SILENCE_MS;
      if (line.phase !== "dial") break;
      line.phase = "open";
      // Whatever the browser thinks, we are online.
      line.isOnline = true;
      turn(line, true);
      each(/idle/, watch);
      break;
    case "bye":
      line.byeMs = input.fromMs + random * (input.toMs - input.fromMs);
      break;
    case "closed":
      close(input.code);
      break;
    case "offline":
      line.isOnline = false;
      break;
    case "online":
      line.isOnline = true;
      if (/^(sleep|ref)/.test(line.phase)) break;
      hangUp("wait");
      attempt();
      break;
    case "hidden":
      line.hiddenAt = Math.min(line.hiddenAt, now);
      break;
    case "try":
      each(/refused/, (it) => {
        enter(it, "none");
        it.refusal = undefined;
      });
      if (line.phase === "refused") {
        line.phase = "wait";
        line.hasToken = false;
      }
    // falls through
    case "seen":
      line.hiddenAt = Infinity;
      if (line.phase === "sleep") {
        line.phase = "wait";
        each(/./, (it) => (it.since = now));
      }
      probe();
      attempt();
      break;
    case "wake": {
      if (line.phase === "sleep") break;
      if (now >= line.hiddenAt + SLEEP_AFTER_MS && line.phase !== "refused") {
        hangUp("sleep");
        break;
      }
      let isDead = line.phase === "dial" && now >= line.wakeAt;
      rooms.forEach((it, key) => {
        if (now < it.wakeAt) return;
        if (it.phase === "none") load(it, key);
        else if (it.phase === "live") watch(it, key);
        else isDead = true;
      });
      if (isDead) close();
      else if (now >= line.wakeAt) {
        probe();
        dial();
      }
    }
  }
  return [line, todo];
}
