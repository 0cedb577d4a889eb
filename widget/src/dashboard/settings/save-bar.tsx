// What has changed and is not saved yet, with the one button that saves it; after that, when it was saved.
import { useNumbers, useTag, useWords } from "../desk";
import type { Change } from "./draft";
import { Confirm } from "./parts/confirm";
import { Problem } from "./parts/field";
import { sayValue } from "./rule-field";
import { ruleWords } from "./rule-words";
import { siteWords, words } from "./words";

interface Props {
  readonly changes: readonly Change[];
  readonly savedAt: number | undefined;
  readonly isBusy: boolean;
  readonly isDirty: boolean;
  readonly problem: string | undefined;
  readonly onDiscard: () => void;
  /** What has to be confirmed first: discussions that are deleted after so many quiet days. */
  readonly forgetting: number | undefined;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

export function SaveBar(props: Props) {
  const { changes, savedAt, isBusy, isDirty, problem, onDiscard, forgetting } = props;
  const say = useWords(siteWords);
  const numbers = useNumbers();
  return (
    <div class="set-save" data-dirty={isDirty || undefined} data-saved={savedAt !== undefined || undefined}>
      <div class="set-save-words">
        <p role="status">
          {savedAt !== undefined && say("saved", { time: numbers.time(savedAt) })}
          {changes.length > 0 && <b>{say("changes", { n: changes.length })}</b>}
          {savedAt === undefined && !isDirty && say("noChanges")}
        </p>
        {changes.length > 0 && (
          <ul>
            {changes.map((change) => (
              <li key={change.field}>
                <ChangeLine change={change} />
              </li>
            ))}
          </ul>
        )}
        <Problem text={problem} />
      </div>
      {forgetting !== undefined ? (
        <Confirm
          question={say("forgetAsk", { n: forgetting })}
          label={say("forgetNow")}
          isBusy={isBusy}
          onConfirm={props.onConfirm}
          onCancel={props.onCancel}
        />
      ) : (
        <>
          {isDirty && (
            <button type="button" class="button" onClick={onDiscard}>
              {say("discard")}
            </button>
          )}
          <button type="submit" class="button-main" disabled={!isDirty || isBusy}>
            {say(isBusy ? "saving" : "save")}
          </button>
        </>
      )}
    </div>
  );
}

function ChangeLine({ change }: { readonly change: Change }) {
  const say = useWords(siteWords);
  const sayRule = useWords(ruleWords);
  const common = useWords(words);
  const tag = useTag();
  const { rule, before, after } = change;
  const label = rule ? sayRule(rule.name as keyof typeof ruleWords) : say(change.field === "name" ? "name" : "origins");
  if (Array.isArray(before) && Array.isArray(after)) {
    const added = (after as readonly string[]).filter((each) => !before.includes(each));
    const removed = (before as readonly string[]).filter((each) => !after.includes(each));
    return (
      <>
        {label}: {added.length > 0 && say("added", { what: added.join(", ") })}
        {added.length > 0 && removed.length > 0 && "; "}
        {removed.length > 0 && say("removed", { what: removed.join(", ") })}
      </>
    );
  }
  const word = (value: unknown): string => {
    if (typeof value === "boolean") return common(value ? "on" : "off");
    if (typeof value === "number") return value.toLocaleString(tag);
    return rule?.kind === "choice" ? sayValue(sayRule, rule, `${value}`) : `${value}`;
  };
  return (
    <>
      {label}: <span class="dim">{word(before)}</span> → {word(after)}
    </>
  );
}
