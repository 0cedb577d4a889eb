// The password of whoever is there: set, or changed by who knows the present one.
import { useState } from "preact/hooks";
import { useDesk, useWords } from "../desk";
import { peopleWords } from "./people-words";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { Problem, TextField } from "./parts/field";
import type { Account } from "./wire";

const lengthLeast = 12;

export function Password({ me, onDone }: { readonly me: Account | undefined; readonly onDone: () => void }) {
  const say = useWords(peopleWords);
  const { api } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [isTried, setTried] = useState(false);
  const [isDone, setDone] = useState(false);
  const { length } = [...password];

  function set(): void {
    setTried(true);
    setDone(false);
    if (length < lengthLeast) return;
    const body = { password, ...(me?.hasPassword && { old }) };
    void deed.run(
      () => api.send("POST", "/dashboard/session/password", body),
      () => {
        setOld("");
        setPassword("");
        setTried(false);
        setDone(true);
        onDone();
      },
    );
  }

  if (!me || me.email === null)
    return (
      <div class="set-block">
        <h3>{say("yourPassword")}</h3>
        <p class="small">{say(me ? "passwordNoEmail" : "passwordNone")}</p>
      </div>
    );
  return (
    <form
      class="set-block"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        set();
      }}
    >
      <h3>{say("yourPassword")}</h3>
      <p class="small">{say("passwordSet")}</p>
      <input type="email" hidden autocomplete="username" value={me.email} readOnly />
      {me.hasPassword && (
        <TextField
          label={say("oldPassword")}
          problem={fieldOf(deed.failure) === "" ? refusal(deed.failure) : undefined}
          value={old}
          onInput={setOld}
          input={{ type: "password", autocomplete: "current-password", maxLength: 1000 }}
        />
      )}
      <TextField
        label={say("newPassword")}
        how={say("newPasswordHow")}
        problem={isTried && length < lengthLeast ? say("tooShort", { n: length }) : refused("password")}
        value={password}
        onInput={setPassword}
        input={{ type: "password", autocomplete: "new-password", maxLength: 1000 }}
      />
      {!me.hasPassword && <Problem text={fieldOf(deed.failure) === "" ? refusal(deed.failure) : undefined} />}
      <button type="submit" class="button" disabled={deed.isBusy}>
        {say(me.hasPassword ? "changePassword" : "setPassword")}
      </button>
      <p class="set-done" role="status">
        {isDone && say("passwordDone")}
      </p>
    </form>
  );
}
