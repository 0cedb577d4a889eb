// How long to wait before the next attempt: full jitter, so that a thousand readers of one page do not come back at once.

const FIRST_MS = 500;
const CEILING_MS = 20_000;

/**
 * A delay in ms, evenly spread over 0 … min(20 s, 0.5 s · 2^attempt).
 *
 * `attempt` counts from 0 and may grow for ever; `random` is in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(CEILING_MS, FIRST_MS * 2 ** attempt);
}
