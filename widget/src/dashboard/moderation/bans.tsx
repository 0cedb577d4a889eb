// Who may not take part: what is said of a ban, and the list of all of them, from which one lets people in again.
import { useState } from "preact/hooks";
import type { Failure } from "../api";
import { useAsked, useDesk, useReason, useTag, useWords } from "../desk";
import { Face } from "../parts/face";
import { Failed } from "../parts/failed";
import type { Say } from "../words";
import { askAll } from "./all";
import { useCounts } from "./counts";
import { Tabs } from "./tabs";
import { day } from "./when";
import { words, type Words } from "./words";

/** As the server tells it (docs/api.md); `bannedUntil` null: for ever. */
export interface BanInfo {
  readonly banId: string;
  readonly userId: string | null;
  readonly userName: string | null;
  readonly isAddressBanned: boolean;
  readonly reason: string;
  readonly bannedBy: string;
  readonly bannedByName: string | null;
  readonly bannedUntil: number | null;
}

/** Until when, by whom and why somebody is banned, and the way to take that back. */
export function BanLine({
  ban,
  say,
  onDone,
}: {
  readonly ban: BanInfo;
  readonly say: Say<Words>;
  readonly onDone: () => void;
}) {
  const { api } = useDesk();
  const tag = useTag();
  const reasonOf = useReason();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const { bannedUntil, reason, bannedBy, bannedByName } = ban;

  async function lift(): Promise<void> {
    setBusy(true);
    const answer = await api.send("DELETE", `bans/${encodeURIComponent(ban.banId)}`);
    setBusy(false);
    // Whoever else has lifted it was quicker.
    if (answer.ok || answer.status === 404) onDone();
    else setFailure(answer);
  }

  const values = { by: bannedByName ?? bannedBy, reason, until: bannedUntil === null ? "" : day(bannedUntil, tag) };
  return (
    <div class="ban-line">
      <p>
        {say(bannedUntil === null ? "bannedForEver" : "bannedUntil", values)}
        {ban.isAddressBanned && ` ${say("bannedAddress")}`}
      </p>
      <button type="button" class="button-bare" disabled={isBusy} onClick={() => void lift()}>
        {say("lift")}
        {ban.userName !== null && <span class="unseen">: {ban.userName}</span>}
      </button>
      {failure && (
        <p class="bad" role="alert">
          {reasonOf(failure)}
        </p>
      )}
    </div>
  );
}

export function Bans() {
  const { api, route } = useDesk();
  const say = useWords(words);
  const asked = useAsked("bans", (signal) => askAll<BanInfo, "bans">(api, "bans", "bans", {}, signal));
  const counts = useCounts();
  const [lifted, setLifted] = useState("");
  return (
    <div class="moderation-bans">
      <div class="queue-tools">
        <h1>{say("moderation")}</h1>
      </div>
      <Tabs at="bans" search={route.query["search"] ?? ""} counts={counts} say={say} />
      {asked.failure && <Failed failure={asked.failure} onRetry={asked.refresh} />}
      {asked.value?.length === 0 && (
        <div class="queue-empty">
          <h2>{say("emptyBans")}</h2>
          <p class="dim">{say("emptyBansHow")}</p>
        </div>
      )}
      <ul>
        {asked.value?.map((ban) => (
          <li class="ban-item" key={ban.banId}>
            <Face name={ban.userName ?? "?"} id={ban.userId ?? ""} />
            <div>
              <p class="by">
                <b>{ban.userName ?? say("nobodyKnown")}</b>
                <span class="dim">{ban.userId}</span>
              </p>
              <BanLine
                ban={ban}
                say={say}
                onDone={() => {
                  setLifted(say("lifted", { name: ban.userName ?? ban.userId ?? "" }));
                  asked.refresh();
                }}
              />
            </div>
          </li>
        ))}
      </ul>
      <p class="ban-done" role="status">
        {lifted}
      </p>
    </div>
  );
}
