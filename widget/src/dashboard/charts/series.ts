// What a chart draws, from rows: what is over, what is not over yet, and the periods before. Pure.
import type { Granularity } from "../numbers";
import { endOf } from "../periods";

export type Values = readonly (number | null)[];

export interface Series {
  readonly granularity: Granularity;
  readonly starts: readonly number[];
  /** Of each period; null where it has not begun. */
  readonly values: Values;
  readonly before: Values | undefined;
  /** The first ms of each period before. */
  readonly beforeStarts: readonly number[];
  /** Which period is not over yet, -1: all are. */
  readonly open: number;
}

interface Counted {
  readonly at: number;
}

export function seriesOf<R extends Counted>(
  granularity: Granularity,
  rows: readonly R[],
  before: readonly R[] | undefined,
  read: (row: R) => number,
  now: number,
): Series {
  return {
    granularity,
    starts: rows.map(({ at }) => at),
    values: rows.map((row) => (row.at > now ? null : read(row))),
    before: before?.map(read),
    beforeStarts: before?.map(({ at }) => at) ?? [],
    open: rows.findIndex(({ at }) => at <= now && now < endOf(at, granularity)),
  };
}

/** What is over, and the one that is not; a line to that one begins at the last that is over. */
export function split({ values, open }: Series, isLine: boolean): [over: Values, open: Values] {
  return [
    values.map((value, index) => (index === open ? null : value)),
    values.map((value, index) => (index === open || (isLine && index === open - 1) ? value : null)),
  ];
}

export const sumOf = (values: Values): number => values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

/** Where the highest one is; -1 if all are nothing. */
export function peakOf(values: Values): number {
  let best = -1;
  for (const [index, value] of values.entries()) if ((value ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

/** Of how much before it can be said by how much it changed: a part of a few is chance. */
const baseMin = 10;

export interface Change {
  /** The sum of those periods that are over. */
  readonly over: number;
  /** By how much that is more than in the same periods before, as a part of it. */
  readonly part: number;
}

/** How it changed; like is compared with like. Undefined where there is nothing, or too little, to compare with. */
export function changeOf({ values, before, open }: Series): Change | undefined {
  if (!before) return undefined;
  const isOver = (index: number) => index !== open && values[index] !== null;
  const over = sumOf(values.filter((_, index) => isOver(index)));
  const then = sumOf(before.filter((_, index) => isOver(index)));
  return then < baseMin ? undefined : { over, part: (over - then) / then };
}
