// The site: its name, where it may be used, and all its rules. Changed here, then saved together.
import { useEffect, useRef, useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
import {
  bodyOf,
  changesOf,
  draftOf,
  forgettingOf,
  isDirty,
  knownRules,
  originsOf,
  problemsOf,
  type Draft,
} from "./draft";
import { Leaving } from "./leaving";
import { Origins } from "./origins";
import { Field, TextField } from "./parts/field";
import { fieldOf, useDeed, useFieldRefusal, useRefusal } from "./parts/deed";
import { Loading } from "./parts/loading";
import { RuleField } from "./rule-field";
import { ruleWords } from "./rule-words";
import { groups } from "./rules";
import { SaveBar } from "./save-bar";
import type { OneTenant, TenantSettings } from "./wire";
import { siteWords } from "./words";

export function SiteSection() {
  const { api } = useDesk();
  const { value, failure, refresh } = useAsked("tenant", (signal) => api.get<OneTenant>("tenant", {}, signal));
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;
  return <SiteForm start={value.tenant} />;
}

function SiteForm({ start }: { readonly start: TenantSettings }) {
  const say = useWords(siteWords);
  const sayRule = useWords(ruleWords);
  const { api, lookAgain } = useDesk();
  const refusal = useRefusal();
  const [tenant, setTenant] = useState(start);
  const [draft, setDraft] = useState<Draft>(() => draftOf(start));
  const [isTried, setTried] = useState(false);
  const [isAdding, setAdding] = useState(false);
  const [savedAt, setSavedAt] = useState<number>();
  const [isAsking, setAsking] = useState(false);
  const deed = useDeed();
  const refused = useFieldRefusal(deed.failure);
  const form = useRef<HTMLFormElement>(null);

  const changes = changesOf(tenant, draft);
  const problems = problemsOf(tenant, draft);
  const known = knownRules(tenant);

  function change(part: Partial<Draft>): void {
    setDraft((before) => ({ ...before, ...part }));
    setSavedAt(undefined);
    setAsking(false);
    deed.forget();
  }

  /** What is wrong with a field: what we can tell ourselves, once it was tried or cannot be meant, else the server's word. */
  function problemOf(field: string): string | undefined {
    const problem = problems[field];
    const isShown = isTried || problem === "number" || problem === "words" || (isAdding && problem === "origin");
    if (!problem || !isShown) return refused(field);
    const rule = known.find(({ name }) => field === `rules.${name}`);
    if (rule?.kind === "number") return say("problem-number", { least: rule.least, most: rule.most });
    if (rule?.kind === "words") return say("problem-words", { most: rule.most, longest: rule.longest });
    return say(`problem-${problem}`);
  }

  // What cannot be sent, or was refused, is shown to whoever pressed Save.
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (looks) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [looks]);

  // The list of changes grows over the form: not over the field that one is in.
  useEffect(() => {
    const field = document.activeElement;
    if (changes.length && field && form.current?.contains(field)) field.scrollIntoView?.({ block: "nearest" });
  }, [changes.length]);

  async function save(isSure = false): Promise<void> {
    setTried(true);
    if (Object.keys(problems).length) return setLooks(looks + 1);
    if (!changes.length) return;
    if (!isSure && forgettingOf(changes) !== undefined) return setAsking(true);
    setAsking(false);
    const isDone = await deed.run(
      () => api.send<OneTenant>("PATCH", "tenant", bodyOf(changes)),
      ({ tenant: now }) => {
        setTenant(now);
        setDraft(draftOf(now));
        setTried(false);
        setSavedAt(Date.now());
        if (now.name !== tenant.name) lookAgain();
      },
    );
    if (!isDone) setLooks(looks + 1);
  }

  const fields = ["name", "origins", ...known.map(({ name }) => `rules.${name}`)];
  const elsewhere = deed.failure && !fields.includes(fieldOf(deed.failure)) ? refusal(deed.failure) : undefined;
  return (
    <form
      class="set-form"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p class="dim set-how">{say("how")}</p>
      <fieldset class="set-group">
        <legend class="unseen">{say("groupSite")}</legend>
        <TextField
          isRow
          label={say("name")}
          how={say("nameHow")}
          problem={problemOf("name")}
          value={draft.name}
          onInput={(name) => change({ name })}
          input={{ maxLength: 400 }}
        />
        <Field isRow label={say("id")} how={say("idHow")}>
          {(wiring) => (
            <output {...wiring} class="mono">
              {tenant.id}
            </output>
          )}
        </Field>
        <Origins
          origins={draft.origins}
          adding={draft.adding}
          problem={problemOf("origins")}
          onChange={(origins) => change({ origins })}
          onAdding={(adding) => {
            setAdding(false);
            change({ adding });
          }}
          onAdd={() => {
            setAdding(true);
            if (!problems["origins"]) change({ origins: originsOf(draft), adding: "" });
          }}
        />
      </fieldset>
      {groups.map((group) => {
        const rules = known.filter((rule) => rule.group === group);
        if (!rules.length) return null;
        return (
          <fieldset key={group} class="set-group">
            <legend>{sayRule(group)}</legend>
            {rules.map((rule) => (
              <RuleField
                key={rule.name}
                rule={rule}
                value={tenant.rules[rule.name]}
                entry={draft.entries[rule.name] ?? ""}
                problem={problemOf(`rules.${rule.name}`)}
                onChange={(entry) => change({ entries: { ...draft.entries, [rule.name]: entry } })}
              />
            ))}
          </fieldset>
        );
      })}
      <SaveBar
        changes={changes}
        savedAt={savedAt}
        isBusy={deed.isBusy}
        problem={elsewhere ?? (isTried && Object.keys(problems).length ? say("mend") : undefined)}
        isDirty={isDirty(tenant, draft)}
        forgetting={isAsking ? forgettingOf(changes) : undefined}
        onConfirm={() => void save(true)}
        onCancel={() => setAsking(false)}
        onDiscard={() => {
          setDraft(draftOf(tenant));
          setTried(false);
          deed.forget();
        }}
      />
      <Leaving isDirty={isDirty(tenant, draft)} />
    </form>
  );
}
