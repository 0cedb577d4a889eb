// One account or open invitation, and what can be done with it; what takes something away is asked twice.
import { useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { Icon } from "../parts/icon";
import { Menu } from "../parts/menu";
import type { Role } from "../wire";
import { shared } from "../words";
import { peopleWords } from "./people-words";
import { Confirm } from "./parts/confirm";
import { useDeed, useMoment, useRefusal } from "./parts/deed";
import { Problem } from "./parts/field";
import type { Account, Invitation, Invited } from "./wire";
import { words } from "./words";

type Asking = { readonly what: "role"; readonly role: Role } | { readonly what: "disable" | "forget" | "remove" };

interface Props {
  readonly it: Account;
  readonly onDone: (what: string) => void;
  readonly onLink: (link: Invited) => void;
}

export function AccountRow({ it, onDone, onLink }: Props) {
  const say = useWords(peopleWords);
  const sayRole = useWords(shared);
  const { api } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const [asking, setAsking] = useState<Asking>();
  const { name, role } = it;
  const path = `staff/${encodeURIComponent(it.id)}`;

  const change = (body: object) =>
    void deed.run(
      () => api.send("PATCH", path, body),
      () => {
        setAsking(undefined);
        onDone(say("changed", { name }));
      },
    );
  const invite = () =>
    void deed.run(() => api.send<Invited>("POST", "staff/invitations", { accountId: it.id }), onLink);

  function confirm(): void {
    if (asking?.what === "role") change({ role: asking.role });
    else if (asking?.what === "disable") change({ isEnabled: false });
    else if (asking?.what === "forget") change({ forgetPassword: true });
    else
      void deed.run(
        () => api.send("DELETE", path),
        () => onDone(say("removed", { name })),
      );
  }

  const questions = {
    role: asking?.what === "role" ? say("makeRole", { name, role: sayRole(asking.role) }) : "",
    disable: say("disableAsk", { name }),
    forget: say("forgetAsk", { name }),
    remove: say("removeAsk", { name }),
  };
  const labels = { role: say("changeRole"), disable: say("disable"), forget: say("forget"), remove: say("removeNow") };
  const ways = [it.hasPassword && say("byPassword"), it.hasOidc && say("byOidc")].filter(Boolean).join(", ");
  return (
    <li class="set-item" data-you={it.isYou || undefined}>
      <div class="set-item-words">
        <span>
          <b>{name}</b>
          {it.isYou && <span class="set-chip">{say("you")}</span>}
          {!it.isEnabled && <span class="set-chip">{say("disabled")}</span>}
        </span>
        <span class="small">
          {it.email ?? say("noEmail")} · {ways || say("byLink")}
        </span>
      </div>
      {it.isYou || role === "operator" ? (
        <span class="set-role">{sayRole(role)}</span>
      ) : (
        <span class="select">
          <select
            aria-label={say("roleOf", { name })}
            value={asking?.what === "role" ? asking.role : role}
            disabled={deed.isBusy}
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.value as Role;
              setAsking(chosen === role ? undefined : { what: "role", role: chosen });
            }}
          >
            {(["admin", "moderator"] as const).map((each) => (
              <option key={each} value={each}>
                {sayRole(each)}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
      )}
      {it.isYou ? (
        <span class="set-item-end" />
      ) : (
        <Menu
          className="button-bare"
          label={
            <>
              {say("actions")}
              <Icon name="down" />
            </>
          }
          name={say("actionsFor", { name })}
        >
          {(close) => {
            const item = (label: string, deedOf: () => void) => (
              <button
                key={label}
                type="button"
                class="menu-item"
                onClick={() => {
                  close();
                  deedOf();
                }}
              >
                {label}
              </button>
            );
            return (
              <>
                {it.isEnabled && item(say("newLink"), invite)}
                {it.hasPassword && item(say("forget"), () => setAsking({ what: "forget" }))}
                {it.isEnabled
                  ? item(say("disable"), () => setAsking({ what: "disable" }))
                  : item(say("enable"), () => change({ isEnabled: true }))}
                {item(say("remove"), () => setAsking({ what: "remove" }))}
              </>
            );
          }}
        </Menu>
      )}
      {asking && (
        <Confirm
          key={asking.what}
          question={questions[asking.what]}
          label={labels[asking.what]}
          isGentle={asking.what === "role"}
          isBusy={deed.isBusy}
          onCancel={() => setAsking(undefined)}
          onConfirm={confirm}
        />
      )}
      <Problem text={refusal(deed.failure)} />
    </li>
  );
}

interface InvitationProps {
  readonly it: Invitation;
  readonly onDone: (what: string) => void;
}

export function InvitationRow({ it, onDone }: InvitationProps) {
  const say = useWords(peopleWords);
  const sayRole = useWords(shared);
  const common = useWords(words);
  const { api } = useDesk();
  const moment = useMoment();
  const refusal = useRefusal();
  const deed = useDeed();
  const [isAsking, setAsking] = useState(false);
  const { name } = it;
  return (
    <li class="set-item">
      <div class="set-item-words">
        <b>{name}</b>
        <span class="small">
          {it.email ?? say("noEmail")} · {common("until", { time: moment(it.expiresAt) })}
        </span>
      </div>
      <span class="set-role">{sayRole(it.role)}</span>
      <button
        type="button"
        class="button-bare set-danger-bare"
        aria-label={`${say("takeBack")}: ${name}`}
        aria-expanded={isAsking}
        onClick={() => setAsking(true)}
      >
        {say("takeBack")}
      </button>
      {isAsking && (
        <Confirm
          question={say("takeBackAsk", { name })}
          label={say("takeBack")}
          isBusy={deed.isBusy}
          onCancel={() => setAsking(false)}
          onConfirm={() =>
            void deed.run(
              () => api.send("DELETE", `staff/${encodeURIComponent(it.id)}`),
              () => onDone(say("removed", { name })),
            )
          }
        />
      )}
      <Problem text={refusal(deed.failure)} />
    </li>
  );
}
