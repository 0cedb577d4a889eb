// Timers that end with their owner.

import type { Environment } from "./client";

/** Runs something later, unless called off; returns what calls it off. */
export type After = (ms: number, run: () => void) => () => void;

/** The second ends all of them, and the owner: what is to be run later after that is run at once, to be given up. */
export function createTimers(env: Environment): [after: After, end: () => void] {
  const timers = new Set<number>();
  let isOver = false;
  return [
    (ms, run) => {
      if (isOver) {
        run();
        return run;
      }
      const callOff = () => {
        timers.delete(timer);
        env.clearTimeout(timer);
      };
      const timer = env.setTimeout(() => {
        callOff();
        run();
      }, ms);
      timers.add(timer);
      return callOff;
    },
    () => {
      isOver = true;
      for (const timer of timers) env.clearTimeout(timer);
      timers.clear();
    },
  ];
}
