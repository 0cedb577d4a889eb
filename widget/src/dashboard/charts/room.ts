// Which periods have a label below the chart: as many as have room, none so near the end that it would be cut off. Pure.
import type { Granularity } from "../numbers";
import { ticksOf } from "../periods";

export type Kind = "line" | "bars";

/** From label to label, and from a label's middle to its end, px. */
const spacing = { hour: 60, day: 72, month: 44 } as const;
const half = { hour: 24, day: 29, month: 14 } as const;

/** Beside the last point, for its label; hours have labels at round ones, and bars have half of themselves. */
export function endRoom(kind: Kind, granularity: Granularity): number {
  if (kind === "bars") return granularity === "month" ? 2 : 0;
  return granularity === "hour" ? 8 : granularity === "day" ? 26 : 14;
}

/** The places of the labels, in a chart that is so many px wide. */
export function ticksAt(starts: readonly number[], granularity: Granularity, kind: Kind, width: number): number[] {
  const step = width / starts.length;
  const room = endRoom(kind, granularity) + (kind === "bars" ? step / 2 : 0);
  const spare = Math.max(0, Math.ceil((half[granularity] - room) / step));
  return ticksOf(starts, granularity, Math.max(2, Math.floor(width / spacing[granularity])), spare);
}
