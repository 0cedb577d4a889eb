// One chart on a canvas (uPlot), with the values of the place under the pointer, and in words and as a table for whoever
// does not see it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { axesOf } from "./axes";
import { useInk } from "./ink";
import { endRoom, ticksAt, type Kind } from "./room";
import { split, type Series } from "./series";

interface Props {
  readonly kind: Kind;
  readonly series: Series;
  /** What it shows, in a sentence or two. */
  readonly description: string;
  readonly height: number;
  readonly labelX: (at: number) => string;
  readonly labelY: (value: number) => string;
  /** What stands in the tip at one of the periods: heading, value, and what else. */
  readonly tip: (index: number) => readonly [heading: string, value: string, more?: string];
}

/** When the first chart stood there, for whoever measures. */
const firstMark = "collabchat-chart";

interface Tip {
  readonly index: number;
  readonly left: number;
  readonly top: number;
}

const dataOf = ({ kind, series }: Props): uPlot.AlignedData => {
  const [over, open] = split(series, kind === "line");
  const places = series.starts.map((_, index) => index);
  const before = series.before && places.map((index) => series.before?.[index] ?? null);
  return [places, [...over], [...open], before ?? places.map(() => null)];
};

export function Chart(props: Props) {
  const { kind, series, description, height } = props;
  const ink = useInk();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [tip, setTip] = useState<Tip>();

  // Anew for other colours and other periods; new values of the same ones are only drawn.
  const shape = `${series.granularity} ${series.starts[0] ?? 0} ${series.starts.length} ${height} ${props.labelY(1)}`;
  useLayoutEffect(() => {
    const root = place.current;
    // Without periods there is nothing to put on an axis.
    if (!root || series.starts.length === 0) return undefined;
    const made = new uPlot(
      {
        width: root.clientWidth,
        height,
        padding: [8, endRoom(kind, series.granularity), 0, 0],
        legend: { show: false },
        scales: {
          x: {
            time: false,
            range: (_, from, to) => (kind === "line" ? [from, Math.max(to, 1)] : [from - 0.5, to + 0.5]),
          },
          y: { range: (_, __, most) => [0, Number.isFinite(most) && most > 0 ? most * 1.06 : 1] },
        },
        cursor: {
          x: false,
          y: false,
          drag: { x: false, y: false },
          points:
            kind === "line"
              ? { size: 9, width: 2, fill: (_, index) => (index === 3 ? ink.before : ink.accent), stroke: ink.surface }
              : { show: false },
        },
        axes: axesOf(ink, {
          ticks: (width) => ticksAt(series.starts, series.granularity, kind, width),
          x: (index) => latest.current.labelX(series.starts[index] ?? 0),
          y: (value) => latest.current.labelY(value),
        }),
        series: [{}, ...seriesStyles(kind, ink)],
        hooks: {
          setCursor: [
            ({ cursor: { idx, left = -1 }, valToPos, data }) => {
              const value = data[1]?.[idx ?? -1] ?? data[2]?.[idx ?? -1] ?? data[3]?.[idx ?? -1];
              if (idx === null || idx === undefined || left < 0 || value === null || value === undefined)
                setTip(undefined);
              else setTip({ index: idx, left: valToPos(idx, "x"), top: valToPos(value, "y") });
            },
          ],
        },
      },
      dataOf(latest.current),
      root,
    );
    plot.current = made;
    if (series.starts.length && !performance.getEntriesByName(firstMark).length) performance.mark(firstMark);
    const watch = new ResizeObserver(() => made.setSize({ width: root.clientWidth, height }));
    watch.observe(root);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = undefined;
      setTip(undefined);
    };
  }, [ink, kind, shape]);
  useEffect(() => plot.current?.setData(dataOf(props)), [series]);

  const [heading, value, more] = tip ? props.tip(tip.index) : [];
  const over = plot.current?.over;
  const isLate = tip && over && tip.left > over.clientWidth / 2;
  return (
    <div class="chart" role="img" aria-label={description}>
      <div ref={place} style={{ height: `${height}px` }} />
      {tip && over && kind === "line" && (
        <i
          class="hair"
          style={{
            insetInlineStart: `${over.offsetLeft + tip.left}px`,
            insetBlockStart: `${over.offsetTop}px`,
            blockSize: `${over.clientHeight}px`,
          }}
        />
      )}
      {tip && over && (
        <p
          class="tip"
          style={{
            insetInlineStart: `${over.offsetLeft + tip.left}px`,
            insetBlockStart: `${over.offsetTop + Math.min(tip.top, over.clientHeight - 64)}px`,
          }}
          data-side={isLate ? "before" : "after"}
        >
          <span>{heading}</span>
          <b>{value}</b>
          {more !== undefined && <span>{more}</span>}
        </p>
      )}
    </div>
  );
}

/** One value makes no line. */
const isAlone = ({ data }: uPlot, index: number) =>
  (data[index] ?? []).filter((each) => typeof each === "number").length === 1;

/** Only the end of the line to what is not over has a dot. */
const end = ({ data }: uPlot, index: number) => [(data[index] ?? []).findLastIndex((each) => typeof each === "number")];

/** What is over, what is not (dashed, with an open dot: a firm line would speak of a fall), the period before. */
function seriesStyles(kind: Props["kind"], ink: ReturnType<typeof useInk>): uPlot.Series[] {
  const points = { show: false };
  const dot = { size: 7, width: 1.75, stroke: ink.accent };
  if (kind === "line")
    return [
      { stroke: ink.accent, width: 1.75, fill: ink.area, points: { ...dot, show: isAlone, fill: ink.accent } },
      {
        stroke: ink.accent,
        width: 1.75,
        dash: [2, 4],
        points: { ...dot, show: true, filter: end, fill: ink.surface },
      },
      { stroke: ink.before, width: 1.25, dash: [3, 3], points },
    ];
  const bars = uPlot.paths.bars?.({ size: [0.68, 40], radius: 0.08, gap: 1 });
  const shape = bars ? { paths: bars } : {};
  return [
    { fill: ink.bar, width: 0, ...shape, points },
    { fill: ink.soft, stroke: ink.accent, width: 1, dash: [3, 2], ...shape, points },
    { show: false, points },
  ];
}
