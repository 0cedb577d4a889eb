// What is known of the page's one socket and of the rooms on it, as values; what readers are told of it, and when it wants
// to be woken. How it changes: core/session.ts.

import type { LinkState } from "./model";

/** What both have: attempts, and being up. */
export interface Trial {
  /** Failed attempts since it was last stable. */
  attempt: number;
  /** When something is due, epoch ms; Infinity for never. */
  wakeAt: number;
  /** It works, or does not, since this time, epoch ms. */
  isUp: boolean;
  since: number;
}

export interface RoomDraft extends Trial {
  phase: "none" | "load" | "idle" | "watch" | "live" | "refused";
  wasLive: boolean;
  /** There is a position to go on from. */
  isKnown: boolean;
  /** How many events were missing when last counted, since it is watched. */
  missing: number;
  refusal?: string | undefined;
}

export type Room = Readonly<RoomDraft>;

export interface Draft<Key> extends Trial {
  phase: "wait" | "dial" | "open" | "sleep" | "refused";
  hasToken: boolean;
  isOnline: boolean;
  /** Since when nobody sees the page, epoch ms; Infinity if somebody does. */
  hiddenAt: number;
  /** How long the server asked us to stay away. */
  byeMs?: number | undefined;
  rooms: ReadonlyMap<Key, RoomDraft>;
}

export interface Session<Key> extends Readonly<Omit<Draft<Key>, "rooms">> {
  readonly rooms: ReadonlyMap<Key, Room>;
}

export const SLEEP_AFTER_MS = 300_000;
const RECONNECTING_AFTER_MS = 2_000;
const OFFLINE_AFTER_MS = 10_000;

/** Not up, and nothing is due. */
export const trial = (now: number): Trial => ({ attempt: 0, wakeAt: Infinity, isUp: false, since: now });

/** A line without rooms. */
export function startSession<Key>(now: number, isOnline: boolean): Session<Key> {
  return { ...trial(now), phase: "wait", hasToken: false, isOnline, hiddenAt: Infinity, rooms: new Map() };
}

/** What the reader of one room is told: a short loss is not worth a word, and sleep is none. */
export function linkState<Key>({ phase, isOnline, rooms }: Session<Key>, key: Key, now: number): LinkState {
  const room = rooms.get(key);
  if (room?.phase === "refused") return "refused";
  const lostMs = !room || room.isUp || phase === "sleep" ? 0 : now - room.since;
  if (!isOnline || lostMs >= OFFLINE_AFTER_MS) return "offline";
  if (lostMs >= RECONNECTING_AFTER_MS) return "reconnecting";
  return room?.wasLive ? "live" : "connecting";
}

/** When to come back with "wake", epoch ms: something is due, or linkState changes. Infinity for never. */
export function nextWakeAt<Key>({ phase, wakeAt, hiddenAt, rooms }: Session<Key>, now: number): number {
  if (/^(sleep|ref)/.test(phase)) return Infinity;
  const times = [wakeAt, hiddenAt + SLEEP_AFTER_MS];
  for (const room of rooms.values()) {
    times.push(room.wakeAt);
    if (room.isUp || room.phase === "refused") continue;
    for (const ms of [RECONNECTING_AFTER_MS, OFFLINE_AFTER_MS]) if (room.since + ms > now) times.push(room.since + ms);
  }
  return Math.min(...times);
}
