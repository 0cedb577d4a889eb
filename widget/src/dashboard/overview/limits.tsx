// How near the limits are, and how well the server is.
import type { ComponentChildren } from "preact";
import { useNumbers, useWords } from "../desk";
import type { Health, Limit } from "../wire";
import { overviewWords } from "./words";

/** From here on a limit is near. */
const near = 0.8;

interface Props {
  readonly limits: readonly Limit[];
  /** As they are now; the limits were told a while ago. */
  readonly connections: number;
  /** Whether that is so now. */
  readonly isKnown: boolean;
}

export function Limits({ limits, connections, isKnown }: Props) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  return (
    <section aria-labelledby="limits">
      <h2 id="limits">{say("limits")}</h2>
      <dl class="facts">
        {limits.map(({ name, used: told, most }) => {
          const used = name === "connections" ? connections : told;
          const part = most && isKnown ? Math.min(1, used / most) : 0;
          const usedNow = isKnown ? numbers.count(used) : "–";
          const isNear = part >= near;
          const label = `limit-${name}`;
          return (
            <div key={name}>
              <dt>{label in overviewWords ? say(label as keyof typeof overviewWords) : name}</dt>
              <dd class={isNear ? "near" : undefined}>
                {most ? say("usedOf", { used: usedNow, most: numbers.count(most) }) : usedNow}
              </dd>
              {most && (
                <dd class="meter" aria-hidden="true" data-near={isNear ? "" : undefined}>
                  <i style={{ inlineSize: `${part * 100}%` }} />
                </dd>
              )}
            </div>
          );
        })}
      </dl>
    </section>
  );
}

export function HealthFacts({ health }: { readonly health: Health }) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  return (
    <section aria-labelledby="health">
      <h2 id="health">{say("health")}</h2>
      <dl class="facts">
        <Fact name={say("loopLag")}>{numbers.duration(health.loopLagMs)}</Fact>
        <Fact name={say("commit")}>{numbers.duration(health.commitMs)}</Fact>
        <Fact name={say("slowReaders")}>{numbers.count(health.slowReadersClosed)}</Fact>
        <Fact name={say("disk")}>{numbers.bytes(health.diskFreeBytes)}</Fact>
        <Fact name={say("uptime")}>{numbers.duration(health.uptimeS * 1000)}</Fact>
      </dl>
    </section>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
