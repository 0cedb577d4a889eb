// Chooses what is shown: steps, time, comparison, site; and takes it along.
import { useState } from "preact/hooks";
import { useNumbers, useWords } from "../desk";
import { Icon } from "../parts/icon";
import { Choice } from "../parts/choice";
import { Menu } from "../parts/menu";
import { granularities, isFitting, rangeNames, readSpan, writeDay } from "../periods";
import { useRangeName, type Choices, type Choose } from "./choices";
import { overviewWords } from "./words";

interface Props {
  readonly choices: Choices;
  readonly choose: Choose;
  /** Sites to choose from; without, there is nothing to choose. */
  readonly sites?: readonly string[];
  readonly files: readonly { readonly name: keyof typeof overviewWords; readonly save: () => void }[];
}

const usual = { hour: "today", day: "30d", month: "12m" } as const;

export function Controls({ choices, choose, sites = [], files }: Props) {
  const say = useWords(overviewWords);
  const { span, by, isCompared, site } = choices;
  const rangeName = useRangeName()(choices);
  const known = site === undefined || sites.includes(site) ? sites : [...sites, site];
  const label = isCompared ? say("compared", { range: rangeName }) : rangeName;
  return (
    <div class="controls">
      <Choice
        label={say("by")}
        value={by}
        options={granularities.map((value) => ({ value, label: say(value) }))}
        // A day has no months: then the time changes along.
        onChoose={(value) =>
          choose(
            isFitting(span, value) ? { by: value } : { by: value, range: usual[value], from: undefined, to: undefined },
          )
        }
      />
      {known.length > 1 && (
        <label class="select optional">
          <span class="unseen">{say("site")}</span>
          <select
            value={site === undefined ? "" : site || "-"}
            onChange={({ currentTarget }) => choose({ site: currentTarget.value || undefined })}
          >
            <option value="">{say("allSites")}</option>
            {known.map((origin) => (
              <option key={origin} value={origin || "-"}>
                {origin.replace(/^https?:\/\//, "") || say("unknownSite")}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </label>
      )}
      <Menu
        label={
          <>
            <span class="cut">{label}</span>
            <Icon name="down" />
          </>
        }
        place="menu-wide"
        name={`${say("time")}: ${label}`}
      >
        {(close) => <Time choices={choices} choose={choose} close={close} isCompared={isCompared} />}
      </Menu>
      <Menu
        label={
          <>
            {say("export")}
            <Icon name="down" />
          </>
        }
      >
        {(close) =>
          files.map(({ name, save }) => (
            <button
              key={name}
              type="button"
              class="menu-item"
              onClick={() => {
                save();
                close();
              }}
            >
              {say(name)}
            </button>
          ))
        }
      </Menu>
    </div>
  );
}

function Time({
  choices,
  choose,
  close,
  isCompared,
}: {
  readonly choices: Choices;
  readonly choose: Choose;
  readonly close: () => void;
  readonly isCompared: boolean;
}) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  const { range, span } = choices;
  const [isWrong, setWrong] = useState(false);
  return (
    <div class="time">
      <fieldset>
        <legend class="unseen">{say("time")}</legend>
        {rangeNames.map((name) => (
          <label key={name} class="menu-item">
            <input
              type="radio"
              name="range"
              checked={range === name}
              onChange={() => choose({ range: name, from: undefined, to: undefined, by: undefined })}
            />
            <span>{say(name)}</span>
            {range === name && <Icon name="check" />}
          </label>
        ))}
      </fieldset>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const [from, to] = [`${form.get("from")}`, `${form.get("to")}`];
          const isRight = readSpan(from, to, Date.now()) !== undefined;
          setWrong(!isRight);
          if (!isRight) return;
          choose({ range: undefined, from, to, by: undefined });
          close();
        }}
      >
        <label class="field">
          <span>{say("from")}</span>
          <input type="date" name="from" defaultValue={writeDay(span.from)} max={writeDay(Date.now())} />
        </label>
        <label class="field">
          <span>{say("to")}</span>
          <input
            type="date"
            name="to"
            defaultValue={writeDay(Math.min(span.until - 1, Date.now()))}
            max={writeDay(Date.now())}
          />
        </label>
        <button type="submit" class="button">
          {say("show")}
        </button>
      </form>
      {isWrong && (
        <p class="notice" role="alert">
          {say("badDates")}
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={isCompared}
          onChange={({ currentTarget }) => choose({ compare: currentTarget.checked ? undefined : "no" })}
        />
        <span>{say("compare")}</span>
      </label>
      <p class="dim small">
        {numbers.range(span.from, span.until)} · {say("utc")}
      </p>
    </div>
  );
}
