// Writes that are not settled, kept in localStorage so that they survive the page; where that is forbidden or full, they
// live as long as the page does. Each has a key of its own, `<prefix><broadcastId>`: tabs do not overwrite each other.

import type { State } from "../core/store";
import type { Pending } from "../core/writes";
import type { Environment } from "./client";

/** What was left here, by whomever, in no order. */
export function readOutbox(prefix: string, env: Environment): Pending[] {
  try {
    return Object.entries<string>(env.localStorage).flatMap(([key, text]) => {
      if (!key.startsWith(prefix)) return [];
      const kept: Pending = JSON.parse(text);
      // Another room's name may begin as this one's.
      return key === prefix + kept.command.broadcastId ? [kept] : [];
    });
  } catch {
    return [];
  }
}

/** Keeps what has become pending, with the one who gave it, and drops what is pending no more. */
export function keepOutbox(prefix: string, env: Environment, before: State, now: State): void {
  const { unsettled, me } = now;
  const isOther = me !== before.me;
  if (unsettled === before.unsettled && !isOther) return;
  try {
    const { localStorage } = env;
    for (const [id, { by = me }] of before.unsettled)
      // What somebody else left stays theirs.
      if (!unsettled.has(id) && by?.id === me?.id) localStorage.removeItem(prefix + id);
    for (const [id, one] of unsettled)
      if (isOther || one !== before.unsettled.get(id))
        localStorage.setItem(prefix + id, JSON.stringify({ by: me, ...one }));
  } catch {
    // Memory has to do.
  }
}
