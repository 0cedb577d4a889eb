// The origins at which a tenant may be used: a list to take from, a field to add to it.
import { useId, useRef } from "preact/hooks";
import { useWords } from "../desk";
import { Problem } from "./parts/field";
import { siteWords } from "./words";

interface Props {
  readonly origins: readonly string[];
  readonly adding: string;
  readonly problem: string | undefined;
  readonly onChange: (origins: readonly string[]) => void;
  readonly onAdding: (text: string) => void;
  readonly onAdd: () => void;
}

export function Origins({ origins, adding, problem, onChange, onAdding, onAdd }: Props) {
  const say = useWords(siteWords);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  return (
    <div class="set-field" data-row role="group" aria-labelledby={`${id}-label`}>
      <div class="set-field-words">
        <span class="set-label" id={`${id}-label`}>
          {say("origins")}
        </span>
        <p class="small" id={`${id}-how`}>
          {say("originsHow")}
        </p>
      </div>
      <div class="set-field-control">
        <ul class="set-origins">
          {origins.map((origin) => (
            <li key={origin}>
              <span class="mono">{origin}</span>
              <button
                type="button"
                class="button-bare"
                aria-label={say("removeOrigin", { origin })}
                onClick={() => {
                  onChange(origins.filter((each) => each !== origin));
                  field.current?.focus();
                }}
              >
                {say("remove")}
              </button>
            </li>
          ))}
        </ul>
        <div class="set-add">
          <input
            ref={field}
            type="text"
            inputMode="url"
            autocomplete="off"
            class="set-input mono"
            placeholder="https://"
            aria-label={say("addOrigin")}
            aria-describedby={`${id}-how${problem ? ` ${id}-problem` : ""}`}
            aria-invalid={problem ? true : undefined}
            value={adding}
            onInput={({ currentTarget }) => onAdding(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || adding.trim() === "") return;
              // Enter adds; it does not save all at once.
              event.preventDefault();
              onAdd();
            }}
          />
          <button
            type="button"
            class="button"
            onClick={() => {
              if (adding.trim() !== "") onAdd();
              field.current?.focus();
            }}
          >
            {say("add")}
          </button>
        </div>
        <Problem id={`${id}-problem`} text={problem} />
      </div>
    </div>
  );
}
