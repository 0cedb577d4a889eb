// Who runs the site: accounts, open invitations, an invitation to make, one's own password.
import { useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { AccountRow, InvitationRow } from "./account-row";
import { Invite } from "./invite";
import { peopleWords } from "./people-words";
import { useMoment } from "./parts/deed";
import { Loading } from "./parts/loading";
import { Once } from "./parts/once";
import { Password } from "./password";
import type { Invited, Staff } from "./wire";

export function PeopleSection() {
  const say = useWords(peopleWords);
  const { api } = useDesk();
  const moment = useMoment();
  const { value, failure, refresh } = useAsked("staff", (signal) => api.get<Staff>("staff", {}, signal));
  const [invited, setInvited] = useState<Invited>();
  const [done, setDone] = useState("");
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;

  const take = (link: Invited) => {
    setInvited(link);
    setDone("");
    refresh();
  };
  const settle = (what: string) => {
    setDone(what);
    refresh();
  };
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      {failure && <Failed failure={failure} onRetry={refresh} />}
      {invited && (
        <Once
          title={say("linkFor", { name: invited.invitation.name, time: moment(invited.expiresAt) })}
          text={location.origin + invited.link}
          onDone={() => setInvited(undefined)}
        />
      )}
      <h3>{say("accounts")}</h3>
      {value.staff.length === 0 && <p class="set-none dim">{say("noAccounts")}</p>}
      <ul class="set-rows">
        {value.staff.map((account) => (
          <AccountRow key={account.id} it={account} onDone={settle} onLink={take} />
        ))}
      </ul>
      {value.invitations.length > 0 && (
        <>
          <h3>{say("invitations")}</h3>
          <ul class="set-rows">
            {value.invitations.map((invitation) => (
              <InvitationRow
                key={invitation.id}
                it={invitation}
                onDone={(what) => {
                  if (invited?.invitation.id === invitation.id) setInvited(undefined);
                  settle(what);
                }}
              />
            ))}
          </ul>
        </>
      )}
      <p class="set-done" role="status">
        {done}
      </p>
      <div class="set-pair">
        <Invite onInvited={take} />
        <Password me={value.staff.find(({ isYou }) => isYou)} onDone={refresh} />
      </div>
    </>
  );
}
