// Tries a single sign-on payload, and says at each step what is right and what is wrong with it.
import { useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Icon } from "../parts/icon";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { AreaField, Problem, SelectField } from "./parts/field";
import { findPayload } from "./payload";
import type { OneTenant, SsoUser, SsoVerdict, Tested } from "./wire";
import { ssoWords, words } from "./words";

type Word = keyof typeof ssoWords;

export function SsoSection() {
  const say = useWords(ssoWords);
  const { api } = useDesk();
  const tenant = useAsked("tenant", (signal) => api.get<OneTenant>("tenant", {}, signal));
  const refusal = useRefusal();
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const [pasted, setPasted] = useState("");
  const [origin, setOrigin] = useState("");
  const [isTried, setTried] = useState(false);
  const [verdict, setVerdict] = useState<SsoVerdict>();
  const isEmpty = pasted.trim() === "";

  function test(): void {
    setTried(true);
    setVerdict(undefined);
    if (isEmpty) return;
    const body = { payload: findPayload(pasted), ...(origin && { origin }) };
    void deed.run(
      () => api.send<Tested>("POST", "sso-test", body),
      (tested) => setVerdict(tested.verdict),
    );
  }

  const isElsewhere = !["payload", "origin"].includes(fieldOf(deed.failure));
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      <form
        class="set-stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          test();
        }}
      >
        <AreaField
          label={say("payload")}
          how={say("payloadHow")}
          problem={isTried && isEmpty ? say("empty") : refused("payload")}
          rows={7}
          isCode
          value={pasted}
          onInput={(text) => {
            setPasted(text);
            setTried(false);
          }}
        />
        <SelectField
          label={say("origin")}
          problem={refused("origin")}
          value={origin}
          options={[
            { value: "", label: say("anywhere") },
            ...(tenant.value?.tenant.origins ?? []).map((value) => ({ value, label: value })),
          ]}
          onChoose={setOrigin}
        />
        <Problem text={isElsewhere ? refusal(deed.failure) : undefined} />
        <button type="submit" class="button-main" disabled={deed.isBusy}>
          {say("test")}
        </button>
      </form>
      <div role="status">{verdict && <VerdictView it={verdict} />}</div>
    </>
  );
}

function VerdictView({ it }: { readonly it: SsoVerdict }) {
  const say = useWords(ssoWords);
  const name = (word: string, otherwise: string) => (word in ssoWords ? say(word as Word) : otherwise);
  return (
    <div class="set-verdict">
      <h3 data-ok={it.ok}>
        <Icon name={it.ok ? "check" : "warn"} />
        <span>{say(!it.ok ? "notOk" : it.user ? "ok" : "okOut")}</span>
        <span class="set-chip">{name(`form-${it.form}`, it.form)}</span>
      </h3>
      <ol class="set-steps" aria-label={say("steps")}>
        {it.steps.map((step, index) => (
          <li key={`${index} ${step.name}`} data-ok={step.ok}>
            <Icon name={step.ok ? "check" : "warn"} />
            <div>
              <b>{name(`step-${step.name}`, step.name)}</b>
              <span class="unseen">: {say(step.ok ? "right" : "wrong")}</span>
              <p lang="en">{step.says}</p>
            </div>
          </li>
        ))}
      </ol>
      {it.user && <Person user={it.user} isSure={it.ok} />}
    </div>
  );
}

function Person({ user, isSure }: { readonly user: SsoUser; readonly isSure: boolean }) {
  const say = useWords(ssoWords);
  const common = useWords(words);
  const role = `role-${user.role}`;
  const facts: readonly (readonly [label: Word, text: string])[] = [
    ["name", user.name],
    ["id", user.id],
    ["email", user.email ?? common("none")],
    ["avatar", user.avatarSrc ?? common("none")],
    ["role", role in ssoWords ? say(role as Word) : user.role],
    ["groups", user.groups?.join(", ") || common("none")],
    ["proof", user.keyId === null ? say("unproved") : say("provedBy", { id: user.keyId })],
  ];
  return (
    <>
      <h3>{say(isSure ? "takenAs" : "wouldMean")}</h3>
      <dl class="set-facts">
        {facts.map(([label, text]) => (
          <div key={label}>
            <dt>{say(label)}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
