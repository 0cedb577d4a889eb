// What the overview shows, as it stands in the address: time, steps, comparison, site, and which count.
import { useMemo } from "preact/hooks";
import { useDesk, useNumbers, useWords } from "../desk";
import type { Granularity } from "../numbers";
import { dayMs, fit, granularities, rangeNames, readSpan, spanOf, type RangeName, type Span } from "../periods";
import { counters, type Counter } from "../wire";
import { overviewWords } from "./words";

export interface Choices {
  readonly range: RangeName;
  readonly span: Span;
  readonly by: Granularity;
  readonly isCompared: boolean;
  readonly counter: Counter;
  /** Undefined: all; empty: where no browser said it. */
  readonly site: string | undefined;
}

export type Choose = (changes: Readonly<Record<string, string | undefined>>) => void;

const oneOf = <T extends string>(all: readonly T[], text: string | undefined) => all.find((each) => each === text);

/** Reads them; what is unknown or makes no sense is as if it were not said. `now` need only know the day. */
export function readChoices(query: Readonly<Record<string, string>>, now: number): Choices {
  const own = query["from"] && query["to"] ? readSpan(query["from"], query["to"], now) : undefined;
  const named = oneOf(rangeNames, query["range"]) ?? "today";
  const span = own ?? spanOf(named, now);
  return {
    range: own ? "own" : named,
    span,
    by: fit(span, oneOf(granularities, query["by"])),
    isCompared: query["compare"] !== "no",
    counter: oneOf(counters, query["count"]) ?? "pubSubMessageCount",
    site: query["site"] === undefined ? undefined : query["site"] === "-" ? "" : query["site"],
  };
}

/** What is chosen, and how to choose otherwise: what is not named stays. */
export function useChoices(today: number): [Choices, Choose] {
  const { route, go } = useDesk();
  const choices = useMemo(() => readChoices(route.query, today), [route.query, today]);
  const choose: Choose = (changes) => {
    const query = Object.entries({ ...route.query, ...changes }).filter((pair): pair is [string, string] => !!pair[1]);
    go({ query: Object.fromEntries(query) }, true);
  };
  return [choices, choose];
}

/** What the time before is called. */
export function beforeOf({ range }: Choices): "yesterday" | "dayBefore" | "before" {
  return range === "today" ? "yesterday" : range === "yesterday" ? "dayBefore" : "before";
}

/** The time in words: "Last 30 days", "1–20 Nov 2026". */
export function useRangeName(): (choices: Choices) => string {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  return ({ range, span }) =>
    range !== "own"
      ? say(range)
      : span.until - span.from === dayMs
        ? numbers.period(span.from, "day")
        : numbers.range(span.from, span.until);
}
