// How a tenant is used: now, over time, by page and by site. All of it moves by itself.
import { useState } from "preact/hooks";
import "./overview.css";
import { useDesk, useNumbers, useTag, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { Icon } from "../parts/icon";
import { spanOf, startOf, writeDay } from "../periods";
import { counters, type Counter } from "../wire";
import { beforeOf, useChoices, useRangeName } from "./choices";
import { Controls } from "./controls";
import { isNothing, monthOf } from "./counts";
import { useHour, useIsKnown, useMoment, useOverTime, usePages, useSites, useSoFar } from "./data";
import { Empty } from "./empty";
import { Figures } from "./figures";
import { pagesFile, save, sitesFile, timeFile } from "./files";
import { Graph } from "./graph";
import { HealthFacts, Limits } from "./limits";
import { BusiestPages, BySite } from "./tables";
import { counterWords, overviewWords } from "./words";

const pagesAtFirst = 5;
const pagesStep = 20;

export function Overview() {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  const { route, tenant } = useDesk();
  const hourAt = useHour();
  const [choices, choose] = useChoices(startOf(hourAt, "day"));
  const rangeName = useRangeName()(choices);
  const { span, by, site, counter, isCompared } = choices;
  const [pageCount, setPageCount] = useState(pagesAtFirst);

  const moment = useMoment();
  const soFar = useSoFar(hourAt);
  const { hour } = moment;
  const main = useOverTime({ span, by, isCompared, site }, hourAt, hour, soFar);
  const isShort = by === "hour";
  const barSpan = isShort ? spanOf("30d", hourAt) : span;
  const bars = useOverTime({ span: barSpan, by: isShort ? "day" : by, site }, hourAt, hour, soFar);
  const year = useOverTime({ span: spanOf("12m", hourAt), by: "month", site }, hourAt, hour, soFar);
  const sites = useSites(span, hourAt);
  const pages = usePages(span, hourAt, pageCount);
  const isPagesKnown = useIsKnown(pages);

  const isEmpty =
    moment.value !== undefined &&
    year.value !== undefined &&
    site === undefined &&
    moment.value.viewing === 0 &&
    year.rows.every(isNothing) &&
    isNothing(moment.value.month);
  if (isEmpty) return <Empty />;

  const name = `${tenant.id} ${writeDay(span.from)} ${writeDay(span.until - 1)}`.replaceAll(" ", "_");
  const shownPages = pages.value?.pages ?? [];
  // Refused requests alone are no use of a site.
  const shownSites = (sites.value ?? []).filter(
    (each) => each.pageLoadCount + each.pubSubMessageCount + each.commentFetchCount > 0,
  );
  const files = [
    { name: "exportTime", save: () => save(`${name}_${by}.csv`, timeFile(main.rows, main.before)) },
    { name: "exportPages", save: () => save(`${name}_pages.csv`, pagesFile(shownPages)) },
    { name: "exportSites", save: () => save(`${name}_origins.csv`, sitesFile(shownSites)) },
    {
      name: "exportAll",
      save: () => {
        const { granularity, rows: usage, before } = main;
        const all = {
          tenantId: tenant.id,
          granularity,
          ...span,
          origin: site,
          usage,
          before,
          origins: shownSites,
          pages: shownPages,
        };
        save(`${name}.json`, JSON.stringify(all, null, 2));
      },
    },
  ] as const;
  const siteName = site?.replace(/^https?:\/\//, "") || say("fromUnknown");
  const { value: now } = moment;
  const failed = [moment, main, bars, year, sites, pages].find(({ failure }) => failure);

  return (
    <div class="page">
      <div class="title">
        <h1>{say("title")}</h1>
        <Controls choices={choices} choose={choose} sites={shownSites.map(({ origin }) => origin)} files={files} />
      </div>
      {failed?.failure && (
        <Failed
          failure={failed.failure}
          onRetry={() => {
            for (const each of [moment, main, bars, year, sites, pages]) if (each.failure) each.refresh();
          }}
        />
      )}
      <Figures moment={moment} month={monthOf(hour, soFar)} />
      {site !== undefined && (
        <p class="notice">
          <span>{say("ofAllSites", { origin: siteName })}</span>
          <button type="button" class="button-bare" onClick={() => choose({ site: undefined })}>
            {say("allSites")}
          </button>
        </p>
      )}
      <div class="charts">
        <div class="charts-column">
          <Graph
            kind="line"
            counter={counter}
            title={<CounterChoice value={counter} onChoose={(count) => choose({ count })} />}
            rangeName={rangeName}
            beforeIs={beforeOf(choices)}
            height={350}
            {...main}
          />
          <Graph
            kind="bars"
            counter="pubSubBandwidth"
            caption={
              isShort ? say("last30") : say("byPeriod", { by: say(`by${by}`), range: rangeName.toLocaleLowerCase() })
            }
            rangeName={isShort ? say("30d") : rangeName}
            height={210}
            {...bars}
            before={undefined}
          />
        </div>
        <div class="charts-column">
          {now && <Limits limits={now.limits} connections={now.connections} isKnown={moment.isKnown} />}
          {now?.health && moment.isKnown && <HealthFacts health={now.health} />}
          <Graph
            kind="bars"
            counter="peakConcurrentViewers"
            title={say("people")}
            caption={say("mostAtOnce")}
            rangeName={say("12m")}
            height={164}
            {...year}
            before={undefined}
          />
        </div>
      </div>
      <BusiestPages
        pages={shownPages}
        isKnown={isPagesKnown}
        query={pick(route.query, ["range", "by", "from", "to", "compare", "count"])}
        onMore={
          pages.value?.nextCursor
            ? () => setPageCount(pageCount < pagesStep ? pagesStep : pageCount + (pageCount < 100 ? pagesStep : 100))
            : undefined
        }
      />
      <BySite sites={shownSites} chosen={site} choose={choose} />
      <p class="small foot">
        {numbers.range(span.from, span.until)} · {say("utc")}
      </p>
    </div>
  );
}

/** The chart's heading is also where one chooses what it shows. */
export function CounterChoice({
  value,
  onChoose,
}: {
  readonly value: Counter;
  readonly onChoose: (to: Counter) => void;
}) {
  const say = useWords(overviewWords);
  const tag = useTag();
  return (
    <label class="select select-title">
      <span class="unseen">{say("shownCount")}</span>
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value as Counter)}>
        {counters.map((name) => (
          <option key={name} value={name}>
            {counterWords[name][tag === "uk" ? 1 : 0]}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </label>
  );
}

/** What of the address goes along. */
export function pick(query: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name)));
}
