// Invites somebody by a link that works once.
import { useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import type { Role } from "../wire";
import { shared } from "../words";
import { peopleWords } from "./people-words";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { Problem, SelectField, TextField } from "./parts/field";
import type { Invited } from "./wire";
import { words } from "./words";

export function Invite({ onInvited }: { readonly onInvited: (invited: Invited) => void }) {
  const say = useWords(peopleWords);
  const sayRole = useWords(shared);
  const common = useWords(words);
  const { api, session } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("moderator");
  const [isTried, setTried] = useState(false);
  const roles: readonly Role[] = [
    "moderator",
    "admin",
    ...(session.role === "operator" ? (["operator"] as const) : []),
  ];
  const isNamed = name.trim() !== "" && [...name.trim()].length <= 200;
  const isReachable = email.trim() === "" || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email.trim());

  function invite(): void {
    setTried(true);
    if (!isNamed || !isReachable) return;
    const body = { name: name.trim(), role, ...(email.trim() && { email: email.trim() }) };
    void deed.run(
      () => api.send<Invited>("POST", "staff/invitations", body),
      (invited) => {
        setName("");
        setEmail("");
        setTried(false);
        onInvited(invited);
      },
    );
  }

  const isElsewhere = !["name", "email", "role"].includes(fieldOf(deed.failure));
  return (
    <form
      class="set-block"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        invite();
      }}
    >
      <h3>{say("invite")}</h3>
      <p class="small">{say("inviteHow")}</p>
      <TextField
        label={say("name")}
        problem={isTried && !isNamed ? say("problemName") : refused("name")}
        value={name}
        onInput={setName}
        input={{ maxLength: 400 }}
      />
      <TextField
        label={say("email")}
        note={common("optional")}
        how={say("emailHow")}
        problem={isTried && !isReachable ? say("problemEmail") : refused("email")}
        value={email}
        onInput={setEmail}
        input={{ type: "email", maxLength: 254 }}
      />
      <SelectField
        label={say("role")}
        how={say(`about-${role}`)}
        problem={refused("role")}
        value={role}
        options={roles.map((value) => ({ value, label: sayRole(value) }))}
        onChoose={(chosen) => setRole(chosen as Role)}
      />
      <Problem text={isElsewhere ? refusal(deed.failure) : undefined} />
      <button type="submit" class="button-main" disabled={deed.isBusy}>
        {say("makeLink")}
      </button>
    </form>
  );
}
