// The audit log, for admins: who did what, to what, and by which way.
import { useState } from "preact/hooks";
import type { Failure } from "../api";
import { useAsked, useDesk, useTag, useWords } from "../desk";
import { day, moment, zoneOf } from "../moderation/when";
import { Failed } from "../parts/failed";
import type { Say, Tag } from "../words";
import { auditWords } from "./audit-words";
import { Loading } from "./parts/loading";

/** A line, as far as it is read here (docs/api.md); `objectDetails` are its `act`, its subject's `id`, and more. */
interface AuditLog {
  readonly _id: string;
  readonly userId: string;
  readonly username: string;
  readonly resourceName: string;
  readonly from: string;
  readonly when: number;
  readonly description: string;
  readonly objectDetails: Readonly<Record<string, unknown>>;
}

interface AuditLogs {
  readonly auditLogs: readonly AuditLog[];
  readonly nextCursor: string | null;
}

const partSize = 50;

export function AuditSection() {
  const say = useWords(auditWords);
  const tag = useTag();
  const { api } = useDesk();
  const query = { order: "DESC", limit: partSize };
  const { value, failure, refresh } = useAsked("audit", (signal) => api.get<AuditLogs>("audit-logs", query, signal));
  const [further, setFurther] = useState<AuditLogs>();
  const [noMore, setNoMore] = useState<Failure>();
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;
  const logs = [...value.auditLogs, ...(further?.auditLogs ?? [])];
  const { nextCursor: cursor } = further ?? value;

  async function goOn(): Promise<void> {
    const answer = await api.get<AuditLogs>("audit-logs", { ...query, cursor });
    setNoMore(answer.ok ? undefined : answer);
    if (!answer.ok) return;
    const { auditLogs, nextCursor } = answer.value;
    setFurther((known) => ({ auditLogs: [...(known?.auditLogs ?? []), ...auditLogs], nextCursor }));
  }

  return (
    <>
      <p class="dim set-how">{say("how", { zone: zoneOf(Date.now(), tag) })}</p>
      {logs.length === 0 && <p class="dim set-none">{say("nothing")}</p>}
      {logs.length > 0 && (
        <table class="table audit">
          <thead>
            <tr>
              {(["when", "who", "what"] as const).map((name) => (
                <th key={name} scope="col">
                  {say(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {logs.map((log) => (
              <tr key={log._id}>
                <td>
                  <time dateTime={new Date(log.when).toISOString()}>{moment(log.when, tag)}</time>
                </td>
                <td>
                  <b>{log.username || log.userId}</b>
                  <span class="small">{sayWay(say, log.from)}</span>
                </td>
                <td>
                  {sayDeed(say, log)}
                  <span class="small mono">{detailsOf(log, tag)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {noMore && <Failed failure={noMore} onRetry={() => void goOn()} />}
      {cursor && (
        <p class="audit-more">
          <button type="button" class="button" onClick={() => void goOn()}>
            {say("more")}
          </button>
        </p>
      )}
    </>
  );
}

const isWord = (name: string): name is keyof typeof auditWords => Object.hasOwn(auditWords, name);

function sayDeed(say: Say<typeof auditWords>, { resourceName, objectDetails, description }: AuditLog): string {
  const name = `${resourceName} ${objectDetails["act"]}`;
  return isWord(name) ? say(name) : description;
}

function sayWay(say: Say<typeof auditWords>, from: string): string {
  const name = `from-${from}`;
  return isWord(name) ? say(name) : from;
}

/** What it was done to, and what else is written down of it. */
function detailsOf({ objectDetails: { id, ...more } }: AuditLog, tag: Tag): string {
  const write = (name: string, value: unknown) =>
    name === "until" ? day(Number(value), tag) : typeof value === "string" ? value : JSON.stringify(value);
  const rest = Object.entries(more)
    .filter(([name, value]) => name !== "act" && value !== null && value !== false)
    .map(([name, value]) => `${name}: ${write(name, value)}`);
  return [id, ...rest].filter(Boolean).join(" · ");
}
