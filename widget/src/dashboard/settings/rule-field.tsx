// One rule, in plain words, with the control that fits what it may be.
import { useWords } from "../desk";
import { AreaField, Field, SelectField, TextField } from "./parts/field";
import { ruleWords } from "./rule-words";
import { optionsOf, type Entry, type Rule } from "./rules";
import type { RuleValue } from "./wire";

type Word = keyof typeof ruleWords;

interface Props {
  readonly rule: Rule;
  readonly value: RuleValue | undefined;
  readonly entry: Entry;
  readonly problem: string | undefined;
  readonly onChange: (entry: Entry) => void;
}

export function RuleField({ rule, value, entry, problem, onChange }: Props) {
  const say = useWords(ruleWords);
  const label = say(rule.name as Word);
  const how = say(`${rule.name}-how` as Word);
  const props = { isRow: true, label, how, problem };
  switch (rule.kind) {
    case "choice":
      return (
        <SelectField
          {...props}
          value={`${entry}`}
          options={optionsOf(rule, value).map((option) => ({ value: option, label: sayValue(say, rule, option) }))}
          onChoose={onChange}
        />
      );
    case "switch":
      return (
        <Field {...props}>
          {(wiring) => (
            <span class="set-switch">
              <input
                {...wiring}
                type="checkbox"
                checked={entry === true}
                onChange={({ currentTarget }) => onChange(currentTarget.checked)}
              />
              <span aria-hidden="true">{say(`${rule.name}-label` as Word)}</span>
            </span>
          )}
        </Field>
      );
    case "number":
      return (
        <TextField
          {...props}
          value={`${entry}`}
          onInput={onChange}
          input={{ inputMode: "numeric", maxLength: 9, size: 8 }}
        />
      );
    case "words":
      return <AreaField {...props} rows={4} value={`${entry}`} onInput={onChange} />;
  }
}

/** What a choice's value is called; what this page does not know, it names as it is. */
export function sayValue(
  say: (word: Word, values?: Record<string, string>) => string,
  rule: Rule,
  value: string,
): string {
  const word = `${rule.name}-${value}`;
  return word in ruleWords ? say(word as Word) : say("unknown", { value });
}
