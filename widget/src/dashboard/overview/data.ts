// What the overview shows, from the server and the live channel.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAsked, useDesk, type Asked } from "../desk";
import type { Granularity } from "../numbers";
import { startOf, type Span } from "../periods";
import type { Now, Pages, Row, Second, SiteUsage, Usage } from "../wire";
import { goOn, total, type Hour, type SoFar } from "./counts";
import { gatherPages } from "./parts";

const slowMs = 15_000;
const keptSeconds = 60;

/** When the hour of UTC began that runs; changes with it. */
export function useHour(): number {
  const [hour, setHour] = useState(() => startOf(Date.now(), "hour"));
  useEffect(() => {
    const timer = setInterval(() => setHour(startOf(Date.now(), "hour")), 1_000);
    return () => clearInterval(timer);
  }, []);
  return hour;
}

/** Whether the live channel is up. */
export function useIsLive(): boolean {
  const { live } = useDesk();
  const [isLive, setLive] = useState(live.state === "live");
  useEffect(() => {
    setLive(live.state === "live");
    return live.onState((state) => setLive(state === "live"));
  }, [live]);
  return isLive;
}

/** Whether an answer is one of now: none that came before the live channel was lost, or that the next one failed after. */
export function useIsKnown<T>({ value, failure, refresh }: Asked<T>): boolean {
  const { live } = useDesk();
  const [stale, setStale] = useState<T>();
  const latest = useRef({ value, refresh });
  latest.current = { value, refresh };
  useEffect(
    () =>
      live.onState((state) => {
        if (state === "live" || state === "connecting") return;
        setStale(latest.current.value);
        latest.current.refresh();
      }),
    [live],
  );
  return value !== undefined && value !== stale && !failure;
}

export interface Moment extends Asked<Now> {
  /** Whether what is told is so now. */
  readonly isKnown: boolean;
  /** The last minute, a second each. */
  readonly recent: readonly Second[];
  /** This hour so far; undefined until the live channel has told it. */
  readonly hour: Hour | undefined;
}

/** How it is now: told each second while live, asked for now and then in any case. */
export function useMoment(): Moment {
  const { api, live, tenant } = useDesk();
  const asked = useAsked<Now>(`now ${tenant.id}`, (signal) => api.get("usage/now", {}, signal), slowMs);
  const isAnswerKnown = useIsKnown(asked);
  const [told, setTold] = useState<{ frame?: Partial<Now>; seconds: readonly Second[]; hour?: Hour }>({ seconds: [] });
  useEffect(() => {
    setTold({ seconds: [] });
    const ends = [
      live.onUsage((frame) => {
        const { timestamp, viewing, people, connections, messagesPerSecond, bytesPerSecond } = frame;
        const second = { timestamp, viewing, connections, messages: messagesPerSecond, bytes: bytesPerSecond };
        setTold(({ seconds }) => ({
          frame: { viewing, people, connections, messagesPerSecond, bytesPerSecond },
          seconds: [...seconds, second].slice(-keptSeconds),
          hour: { at: startOf(timestamp, "hour"), counts: frame.hour },
        }));
      }),
      // What was true a while ago is not.
      live.onState((state) => state !== "live" && setTold({ seconds: [] })),
    ];
    return () => ends.forEach((end) => end());
  }, [live]);
  return useMemo(() => {
    const { frame, seconds, hour } = told;
    const asOf = seconds[0]?.timestamp ?? Infinity;
    const earlier = (asked.value?.recent ?? []).filter(({ timestamp }) => timestamp < asOf);
    return {
      ...asked,
      value: asked.value && { ...asked.value, ...frame },
      isKnown: hour !== undefined || isAnswerKnown,
      recent: [...earlier, ...seconds].slice(-keptSeconds),
      hour,
    };
  }, [asked.value, asked.failure, isAnswerKnown, told]);
}

/** What is over of today and of this month, so that what is not can be told to the unit. */
export function useSoFar(hourAt: number): SoFar | undefined {
  const { api, tenant } = useDesk();
  const { value } = useAsked<SoFar>(`so far ${tenant.id} ${hourAt}`, async (signal) => {
    const today = startOf(hourAt, "day");
    const month = startOf(hourAt, "month");
    const ask = async (granularity: Granularity, from: number, to: number) =>
      from < to
        ? api.get<Usage>("usage", { granularity, from, to }, signal)
        : ({ ok: true, value: { granularity, usage: [] } } as const);
    const [hours, days] = await Promise.all([ask("hour", today, hourAt), ask("day", month, today)]);
    if (!hours.ok) return hours;
    if (!days.ok) return days;
    const sum = total(hours.value.usage);
    return { ok: true, value: { hourAt, today: sum, month: total([sum, ...days.value.usage]) } };
  });
  return value;
}

export interface Wanted {
  readonly span: Span;
  readonly by: Granularity;
  readonly isCompared?: boolean;
  readonly site?: string | undefined;
  readonly urlId?: string;
}

export interface OverTime extends Asked<Usage> {
  readonly rows: readonly Row[];
  readonly before: readonly Row[] | undefined;
  readonly granularity: Granularity;
}

/** Usage over time. Of all sites together it goes on by itself; else it is asked for again. */
export function useOverTime(
  { span, by, isCompared = false, site, urlId }: Wanted,
  hourAt: number,
  hour?: Hour,
  soFar?: SoFar,
): OverTime {
  const { api, tenant } = useDesk();
  const isLive = useIsLive();
  const isWhole = site === undefined && urlId === undefined;
  const query = { granularity: by, from: span.from, to: span.until, compare: isCompared, origin: site, urlId };
  const asked = useAsked<Usage>(
    `${tenant.id} ${JSON.stringify(query)} ${hourAt}`,
    (signal) => api.get("usage", query, signal),
    isWhole && isLive ? 0 : slowMs,
  );
  return useMemo(() => {
    const rows = asked.value?.usage ?? [];
    const granularity = asked.value?.granularity ?? by;
    return {
      ...asked,
      rows: isWhole ? goOn(rows, granularity, hour, soFar) : rows,
      before: asked.value?.before,
      granularity,
    };
  }, [asked.value, asked.failure, asked.isLoading, hour, soFar, isWhole]);
}

export function useSites(span: Span, hourAt: number): Asked<readonly SiteUsage[]> {
  const { api, tenant } = useDesk();
  return useAsked(
    `sites ${tenant.id} ${span.from} ${span.until} ${hourAt}`,
    async (signal) => {
      const query = { from: span.from, to: span.until };
      const answer = await api.get<{ origins: readonly SiteUsage[] }>("usage/origins", query, signal);
      return answer.ok ? { ok: true, value: answer.value.origins } : answer;
    },
    slowMs,
  );
}

/** The busiest pages; `count` of them, if there are as many. */
export function usePages(span: Span, hourAt: number, count: number): Asked<Pages> {
  const { api, tenant } = useDesk();
  const query = { from: span.from, to: span.until };
  return useAsked(
    `pages ${tenant.id} ${span.from} ${span.until} ${count} ${hourAt}`,
    (signal) =>
      gatherPages((limit, cursor) => api.get<Pages>("usage/pages", { ...query, limit, cursor }, signal), count),
    slowMs,
  );
}

export function usePage(urlId: string, span: Span, hourAt: number): Asked<Pages> {
  const { api, tenant } = useDesk();
  const query = { from: span.from, to: span.until, urlId };
  return useAsked(
    `page ${tenant.id} ${urlId} ${span.from} ${span.until} ${hourAt}`,
    (signal) => api.get<Pages>("usage/pages", query, signal),
    5_000,
  );
}
