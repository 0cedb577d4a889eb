/** @jsxImportSource ./dom */
// The field in which a comment is written, anew or edited; asks a guest for a name in the same form.
import { button } from "./button";
import { lengthOf, maxLength, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { fate } from "./fate";

export interface FieldOptions {
  /** Under which the desk keeps the text. */
  readonly key: string;
  readonly label: string;
  readonly action: string;
  readonly isEdit: boolean;
  readonly send: (guestName: string) => void;
  /** Called with ↑ in the empty field. */
  readonly goBack?: () => void;
}

const sendKey = /Mac|iP(hone|ad|od)/.test(navigator.platform) ? "⌘" : "Ctrl";
const countdownFrom = 200;

export function field(desk: Desk, { key, label, action, isEdit, send, goBack }: FieldOptions): Content {
  const { count, words } = desk.language;
  const text = desk.textOf(key);
  const length = lengthOf(text);
  const left = maxLength - length;
  const { failure, isBusy } = desk.window ?? {};

  function type(event: Event): void {
    const area = event.currentTarget as HTMLTextAreaElement;
    desk.setText(key, area.value);
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "0";
    area.style.height = `${area.scrollHeight}px`;
  }

  function press(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
    } else if (event.key === "ArrowUp" && !text && goBack) goBack();
    else return;
    event.preventDefault();
  }

  function submit(event: Event): void {
    event.preventDefault();
    const { guest } = (event.currentTarget as HTMLFormElement).elements as unknown as { guest?: HTMLInputElement };
    if (length && left >= 0) send(guest?.value ?? "");
  }

  return (
    <form class="cc-field" data-idle={!text && !isEdit} onSubmit={submit}>
      {desk.needsName && (
        <label class="cc-guest">
          {words.yourName}
          <input name="guest" maxlength={100} autocomplete="nickname" placeholder={words.asGuest} required />
        </label>
      )}
      <textarea
        class={isEdit ? "cc-edit" : "collab-chat-composer"}
        rows={1}
        dir="auto"
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={type}
        onKeyDown={press}
        onFocus={() => desk.window?.isFull || desk.change({ isFull: true })}
      />
      {failure && fate(desk, failure)}
      <div class="cc-tools">
        <span class="cc-hint cc-num" data-over={left < 0}>
          {left > countdownFrom ? (
            <span class="cc-keys" aria-hidden="true">
              {isEdit ? <kbd>Esc</kbd> : [<kbd>{sendKey}</kbd>, <kbd>Enter</kbd>]}
            </span>
          ) : left < 0 ? (
            count(-left, words.tooMany)
          ) : (
            count(left, words.left)
          )}
        </span>
        {isEdit && button("bare", words.cancel, () => desk.leave(key))}
        <button
          type="submit"
          data-kind="main"
          class={isEdit ? "cc-btn" : "cc-btn collab-chat-send"}
          disabled={!length || left < 0 || isBusy}
        >
          {action}
        </button>
      </div>
    </form>
  );
}
