// The axes of all charts: few hairlines, a firm base, labels where there is room.
import type uPlot from "uplot";
import type { Ink } from "./ink";

interface Labels {
  /** At which places, when so many pixels are to be had. */
  readonly ticks: (width: number) => number[];
  readonly x: (index: number) => string;
  readonly y: (value: number) => string;
}

/** Counts are whole: no line stands between two of them. */
const steps = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat();

export function axesOf(ink: Ink, labels: Labels): uPlot.Axis[] {
  const look = { stroke: ink.text, font: ink.font, ticks: { show: false } };
  return [
    {
      ...look,
      size: 28,
      gap: 8,
      grid: { show: false },
      border: { show: true, stroke: ink.base, width: 1 },
      splits: ({ over }) => labels.ticks(over.clientWidth || 300),
      values: (_, places) => places.map(labels.x),
    },
    {
      ...look,
      gap: 8,
      grid: { stroke: ink.line, width: 1, filter: (_, splits) => splits.map((each) => (each === 0 ? null : each)) },
      border: { show: false },
      space: 40,
      incrs: steps,
      values: (_, splits) => splits.map(labels.y),
      size: (plot, values) => {
        if (!values?.length) return 36;
        plot.ctx.font = ink.font;
        const widest = Math.max(...values.map((each) => plot.ctx.measureText(each).width));
        return Math.ceil(widest / (plot.ctx.getTransform().a || 1)) + 12;
      },
    },
  ];
}
