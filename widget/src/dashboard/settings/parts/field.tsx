// One thing to fill in: its name, what it is for, the control, and what is wrong with it; tied together for screen readers.
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "../../parts/icon";

/** What the control takes, so that it is called and described by what stands around it. */
export interface Wiring {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

interface Props {
  readonly label: string;
  readonly how?: string | undefined;
  /** Said after the label, such as that it may be left empty. */
  readonly note?: string | undefined;
  readonly problem?: string | undefined;
  /** Beside its words instead of below them. */
  readonly isRow?: boolean;
  readonly children: (wiring: Wiring) => ComponentChildren;
}

export function Field({ label, how, note, problem, isRow = false, children }: Props) {
  const id = useId();
  const described = [how && `${id}-how`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const control = children({
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": problem ? true : undefined,
  });
  return (
    <div class="set-field" data-row={isRow || undefined}>
      <div class="set-field-words">
        <label for={id}>{label}</label>
        {note && <span class="small"> {note}</span>}
        {how && (
          <p class="small" id={`${id}-how`}>
            {how}
          </p>
        )}
      </div>
      <div class="set-field-control">
        {control}
        <Problem id={`${id}-problem`} text={problem} />
      </div>
    </div>
  );
}

export function Problem({ id, text }: { readonly id?: string; readonly text: string | undefined }) {
  if (!text) return null;
  return (
    <p class="set-problem" role="alert" id={id}>
      <Icon name="warn" />
      <span>{text}</span>
    </p>
  );
}

interface TextProps extends Omit<Props, "children"> {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly input?: InputHTMLAttributes<HTMLInputElement>;
}

export function TextField({ value, onInput, input, ...props }: TextProps) {
  return (
    <Field {...props}>
      {(wiring) => (
        <input
          type="text"
          autocomplete="off"
          {...input}
          {...wiring}
          class="set-input"
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function AreaField({
  value,
  onInput,
  rows,
  isCode,
  ...props
}: Omit<TextProps, "input"> & { readonly rows: number; readonly isCode?: boolean }) {
  return (
    <Field {...props}>
      {(wiring) => (
        <textarea
          {...wiring}
          class={isCode ? "set-input mono" : "set-input"}
          rows={rows}
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends Omit<Props, "children"> {
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChoose: (value: string) => void;
}

export function SelectField({ value, options, onChoose, ...props }: SelectProps) {
  return (
    <Field {...props}>
      {(wiring) => (
        <span class="select">
          <select {...wiring} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </span>
      )}
    </Field>
  );
}
