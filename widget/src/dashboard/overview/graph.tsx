// A chart with all that belongs to it: heading, what the lines are, the chart, and its table.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Chart } from "../charts/chart";
import { peakOf, seriesOf, sumOf, changeOf } from "../charts/series";
import { useNumbers, useTag, useWords } from "../desk";
import type { Granularity, Numbers } from "../numbers";
import { startOf } from "../periods";
import type { Counter, Row } from "../wire";
import { counterWords, overviewWords } from "./words";

interface Props {
  readonly kind: "line" | "bars";
  readonly counter: Counter;
  /** Stands instead of the counter's name. */
  readonly title?: ComponentChildren;
  /** What stands at the other end of the heading, instead of a legend. */
  readonly caption?: string;
  readonly rangeName: string;
  /** What the period before is called. */
  readonly beforeIs?: "yesterday" | "dayBefore" | "before";
  readonly granularity: Granularity;
  readonly rows: readonly Row[];
  readonly before?: readonly Row[] | undefined;
  readonly height: number;
  readonly isLoading: boolean;
}

export function Graph(props: Props) {
  const { kind, counter, rangeName, granularity, rows, before, height, isLoading } = props;
  const say = useWords(overviewWords);
  const { beforeIs = "before" } = props;
  const beforeName = say(beforeIs);
  const sayCounter = useWords(counterWords);
  const numbers = useNumbers();
  const tag = useTag();
  // What is open changes with the hour; rows do, too.
  const series = useMemo(
    () => seriesOf(granularity, rows, before, (row) => row[counter], Date.now()),
    [granularity, rows, before, counter],
  );
  const write = counter === "pubSubBandwidth" ? numbers.bytes : numbers.count;
  const writeShort = counter === "pubSubBandwidth" ? numbers.bytes : numbers.short;
  const { starts, values, open } = series;
  const isManyDays = granularity === "hour" && starts.length > 24;
  const label = (at: number, hours = numbers.clock) => labelOf(numbers, granularity, at, isManyDays, hours);
  const period = (at: number) => numbers.period(at, granularity, isManyDays);

  const name = sayCounter(counter);
  const range = rangeName.toLocaleLowerCase(tag);
  const top = peakOf(values);
  const isPeak = counter === "peakConcurrentViewers";
  const said = {
    name,
    range,
    total: write(sumOf(values)),
    most: write(values[top] ?? 0),
    when: period(starts[top] ?? 0),
  };
  // What did not come is not nothing.
  const description =
    rows.length === 0
      ? name
      : [
          say(top < 0 ? "describeNone" : isPeak ? "describePeak" : "describe", said),
          ...(series.before && !isPeak ? [say("describeBefore", { total: write(sumOf(series.before)) })] : []),
        ].join(" ");
  const change = isPeak ? undefined : changeOf(series);
  // The newest first: what is being counted is seen at once.
  const begun = [...values.keys()].filter((index) => values[index] !== null).reverse();

  return (
    <figure class="graph" aria-busy={isLoading}>
      <figcaption class="graph-head">
        <h2>{props.title ?? name}</h2>
        <code>{counter}</code>
        {props.caption !== undefined ? (
          <p class="legend">{props.caption}</p>
        ) : (
          <p class="legend">
            <span>
              <i data-kind="now" />
              {rangeName}
            </span>
            {open >= 0 && (
              <span>
                <i data-kind="open" />
                {say("soFar")}
              </span>
            )}
            {before && (
              <span>
                <i data-kind="before" />
                {beforeName}
              </span>
            )}
          </p>
        )}
      </figcaption>
      <Chart
        kind={kind}
        series={series}
        description={description}
        height={height}
        labelX={(at) => label(at)}
        labelY={writeShort}
        tip={(index) => {
          const then = series.before?.[index];
          const value = values[index];
          const heading = period(starts[index] ?? 0);
          return [
            index === open ? `${heading}, ${say("soFar")}` : heading,
            value === null || value === undefined ? "–" : write(value),
            ...(then === undefined || then === null
              ? []
              : ([`${beforeName.toLocaleLowerCase(tag)} ${write(then)}`] as const)),
          ] as [string, string, string?];
        }}
      />
      <div class="graph-foot">
        <details>
          <summary>{say("table")}</summary>
          <div class="scroll" tabIndex={0} role="group" aria-label={name}>
            <table class="table">
              <caption class="unseen">{description}</caption>
              <thead>
                <tr>
                  <th scope="col">{say("period")}</th>
                  <th scope="col" class="number">
                    {name}
                  </th>
                  {before && (
                    <th scope="col" class="number">
                      {say("beforeColumn")}
                    </th>
                  )}
                </tr>
              </thead>
              <tbody>
                {begun.map((index) => (
                  <tr key={index}>
                    <th scope="row">
                      {period(starts[index] ?? 0)}
                      {index === open && <span class="dim"> · {say("soFar")}</span>}
                    </th>
                    <td class="number">{write(values[index] ?? 0)}</td>
                    {before && <td class="number">{write(series.before?.[index] ?? 0)}</td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
        {!isPeak && rows.length > 0 && (
          <p class="small">
            {say("total", { value: write(sumOf(values)) })}
            {change && " · "}
            {change &&
              open >= 0 &&
              `${say("totalBefore", { value: write(change.over), time: label(starts[open] ?? 0, numbers.time) })}, `}
            {change && say(`on-${beforeIs}`, { change: signed(numbers, change.part) })}
          </p>
        )}
      </div>
    </figure>
  );
}

function signed(numbers: Numbers, change: number): string {
  const sign = Math.abs(change) < 0.005 ? "±" : change < 0 ? "−" : "+";
  return sign + numbers.percent(Math.abs(change));
}

function labelOf(
  numbers: Numbers,
  granularity: Granularity,
  at: number,
  isManyDays: boolean,
  hours: (at: number) => string,
): string {
  if (granularity === "month") return numbers.shortMonth(at);
  if (granularity === "day" || (isManyDays && at === startOf(at, "day"))) return numbers.day(at);
  return hours(at);
}
