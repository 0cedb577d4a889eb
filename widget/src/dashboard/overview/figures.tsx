// The four figures, the loudest thing there is; each with its last minute.
import type { ComponentChildren } from "preact";
import { useNumbers, useWords } from "../desk";
import { Spark } from "../charts/spark";
import { startOf } from "../periods";
import type { Counts } from "../wire";
import { averageOf } from "./counts";
import type { Moment } from "./data";
import { overviewWords } from "./words";

interface FiguresProps {
  readonly moment: Moment;
  /** This month as it is now; without, as it was told last. */
  readonly month: Counts | undefined;
}

export function Figures({ moment, month: monthNow }: FiguresProps) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  const { value: now, recent, hour, isKnown } = moment;
  if (!now) return <div class="figures figures-empty" aria-busy="true" />;
  const orNone = (text: string) => (isKnown ? text : "–");

  const { viewing, people, connections, messagesPerSecond, bytesPerSecond } = now;
  const month = monthNow ?? now.month;
  const bandwidth = numbers.byteRate(bytesPerSecond);
  const peak =
    hour && hour.counts.peakConcurrentViewers > (now.peakToday?.viewing ?? 0)
      ? { viewing: hour.counts.peakConcurrentViewers, at: hour.at }
      : now.peakToday;
  // Yesterday's is no peak of today.
  const isToday = peak && peak.at >= startOf(recent.at(-1)?.timestamp ?? peak.at, "day");
  const average = hour && averageOf(hour, recent.at(-1)?.timestamp ?? hour.at);
  const tabs = Math.max(0, connections - people);
  return (
    <dl class="figures">
      <Figure
        name={say("viewingNow")}
        value={orNone(numbers.count(viewing))}
        spark={isKnown ? recent.map((each) => each.viewing) : []}
      >
        {peak && isToday
          ? say("peakToday", { n: peak.viewing, time: numbers.period(peak.at, "hour") })
          : say("nobodyToday")}
      </Figure>
      <Figure
        name={say("messages")}
        value={orNone(numbers.rate(messagesPerSecond))}
        unit={isKnown ? say("perSecond") : ""}
        spark={isKnown ? recent.map((each) => each.messages) : []}
      >
        {average !== undefined
          ? say("average", { value: numbers.rate(average) })
          : hour
            ? say("thisHour", { value: numbers.count(hour.counts.pubSubMessageCount) })
            : say("thisMonth", { value: numbers.short(month.pubSubMessageCount) })}
      </Figure>
      <Figure
        name={say("bandwidth")}
        value={orNone(bandwidth.value)}
        unit={isKnown ? bandwidth.unit : ""}
        spark={isKnown ? recent.map((each) => each.bytes) : []}
      >
        {say("thisMonth", { value: numbers.bytes(month.pubSubBandwidth) })}
      </Figure>
      <Figure
        name={say("connections")}
        value={orNone(numbers.count(connections))}
        spark={isKnown ? recent.map((each) => each.connections) : []}
      >
        {!isKnown || connections === 0
          ? "\u00a0"
          : tabs > 0
            ? say("moreThanPeople", { n: tabs })
            : say("asManyAsPeople")}
      </Figure>
    </dl>
  );
}

interface Props {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly spark: readonly number[];
  readonly children: ComponentChildren;
}

function Figure({ name, value, unit, spark, children }: Props) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <div class="figure-row">
          <span class="value">
            {value}
            {unit && <small>{unit}</small>}
          </span>
          <Spark values={spark} />
        </div>
        <p class="small">{children}</p>
      </dd>
    </div>
  );
}
