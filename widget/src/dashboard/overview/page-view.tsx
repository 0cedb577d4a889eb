// One page: who is there, its discussions, how fast they are answered, and how it is used over time.
import { useDesk, useNumbers, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { Icon } from "../parts/icon";
import { Link } from "../parts/link";
import { startOf, writeDay } from "../periods";
import { beforeOf, useChoices, useRangeName } from "./choices";
import { Controls } from "./controls";
import { isNothing } from "./counts";
import { useHour, useIsKnown, useOverTime, usePage } from "./data";
import { save, pagesFile, timeFile } from "./files";
import { Graph } from "./graph";
import { CounterChoice, pick } from "./overview";
import { overviewWords } from "./words";

/** The moderation view searches for no more; of a longer name, the beginning is found. */
const searchMax = 200;

export function PageView() {
  const say = useWords(overviewWords);
  const { route } = useDesk();
  const urlId = route.query["urlId"];
  if (urlId === undefined)
    return (
      <div class="page nowhere">
        <h1>{say("noSuchPage")}</h1>
        <p>
          <Link to={{ view: "overview" }}>{say("backToOverview")}</Link>
        </p>
      </div>
    );
  return <OnePage key={urlId} urlId={urlId} />;
}

function OnePage({ urlId }: { readonly urlId: string }) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  const { route, tenant } = useDesk();
  const hourAt = useHour();
  const [choices, choose] = useChoices(startOf(hourAt, "day"));
  const rangeName = useRangeName()(choices);
  const { span, by, isCompared, counter } = choices;
  const main = useOverTime({ span, by, isCompared, urlId }, hourAt);
  const asked = usePage(urlId, span, hourAt);
  const page = asked.value?.pages[0];
  const isKnown = useIsKnown(asked);
  const isUnknown = page && !page.title && !page.conversations && !page.viewing && isNothing(page);

  const name = `${tenant.id}_page_${writeDay(span.from)}_${writeDay(span.until - 1)}`;
  const files = [
    { name: "exportTime", save: () => save(`${name}_${by}.csv`, timeFile(main.rows, main.before)) },
    { name: "exportPages", save: () => save(`${name}.csv`, pagesFile(page ? [page] : [])) },
    {
      name: "exportAll",
      save: () => {
        const { granularity, rows: usage, before } = main;
        const all = { tenantId: tenant.id, granularity, ...span, page, usage, before };
        save(`${name}.json`, JSON.stringify(all, null, 2));
      },
    },
  ] as const;
  const failed = [asked, main].find(({ failure }) => failure);
  return (
    <div class="page">
      <p class="way-back">
        <Link to={{ view: "overview", query: pick(route.query, ["range", "by", "from", "to", "compare", "count"]) }}>
          <Icon name="back" />
          {say("backToOverview")}
        </Link>
      </p>
      <div class="title">
        <div class="title-words">
          <h1>{page?.title || urlId}</h1>
          {page?.title && <p class="small">{urlId}</p>}
          <p class="small">
            <Link to={{ view: "moderation", query: { queue: "all", search: urlId.slice(0, searchMax) } }}>
              {say("toComments")}
            </Link>
          </p>
        </div>
        <Controls choices={choices} choose={choose} files={files} />
      </div>
      {failed?.failure && (
        <Failed
          failure={failed.failure}
          onRetry={() => {
            asked.refresh();
            main.refresh();
          }}
        />
      )}
      {isUnknown && <p class="notice">{say("unknownPage")}</p>}
      {page ? (
        <dl class="figures">
          <Plain
            name={say("viewingNow")}
            value={isKnown ? numbers.count(page.viewing) : "–"}
            more={say("peakOfTime", { n: page.peakConcurrentViewers })}
          />
          <Plain
            name={say("discussions")}
            value={numbers.count(page.conversations)}
            more={say(page.conversationCreateCount > page.conversations ? "newOfTimeAll" : "newOfTime", {
              n: page.conversationCreateCount,
            })}
          />
          <Plain
            name={say("unresolved")}
            value={numbers.count(page.unresolved)}
            more={
              page.conversations
                ? say("partOfAll", { part: numbers.percent(page.unresolved / page.conversations) })
                : ""
            }
          />
          <Plain
            name={say("firstAnswer")}
            value={page.firstAnswerMs === null ? "–" : numbers.duration(page.firstAnswerMs)}
            more={say(page.firstAnswerMs === null ? "noAnswer" : "firstAnswerHow")}
          />
        </dl>
      ) : (
        <div class="figures figures-empty" aria-busy={!asked.failure} />
      )}
      <div class="charts">
        <Graph
          kind="line"
          counter={counter}
          title={<CounterChoice value={counter} onChoose={(count) => choose({ count })} />}
          rangeName={rangeName}
          beforeIs={beforeOf(choices)}
          height={232}
          {...main}
        />
        <Graph
          kind="bars"
          counter="peakConcurrentViewers"
          title={say("people")}
          caption={say("byPeriod", { by: say(`by${by}`), range: rangeName.toLocaleLowerCase() })}
          rangeName={rangeName}
          height={232}
          {...main}
          before={undefined}
        />
      </div>
      <p class="small foot">
        {numbers.range(span.from, span.until)} · {say("utc")}
      </p>
    </div>
  );
}

function Plain({ name, value, more }: { readonly name: string; readonly value: string; readonly more: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <div class="figure-row">
          <span class="value">{value}</span>
        </div>
        <p class="small">{more || "\u00a0"}</p>
      </dd>
    </div>
  );
}
