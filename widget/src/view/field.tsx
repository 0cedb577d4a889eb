/** @jsxImportSource ./dom */
// The field in which a comment is written, anew or edited; asks a guest for a name in the same form.
import { button } from "./button";
import { change, leave, lengthOf, maxLength, needsName, setText, textOf, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { fate } from "./fate";

const sendKey = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";
const countdownFrom = 200;

/**
 * `key` is where the desk keeps the text. `act` sends it, with the name that a guest has given; `goBack` answers ↑ in
 * the empty field.
 */
export function field(
  desk: Desk,
  key: string,
  label: string,
  act: (guestName: string) => void,
  isEdit: boolean,
  goBack?: () => void,
): Content {
  const { words, window } = desk;
  const text = textOf(desk, key);
  const length = lengthOf(text);
  const left = maxLength - length;
  const mayAct = length > 0 && left >= 0 && !window?.isBusy;

  function press(event: KeyboardEvent): void {
    const { key } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey))
      (event.target as HTMLTextAreaElement).form?.requestSubmit();
    else if (key === "ArrowUp" && !text && goBack) goBack();
    else return;
    event.preventDefault();
  }

  function submit(event: Event): void {
    event.preventDefault();
    const name = (event.target as HTMLFormElement).querySelector("input")?.value;
    if (mayAct) act(name ?? "");
  }

  return (
    <form class="cc-field" data-idle={!text && !isEdit} onSubmit={submit}>
      {needsName(desk) && (
        <label class="cc-guest">
          {words.yourName}
          <input maxlength={100} autocomplete="nickname" placeholder={words.asGuest} required />
        </label>
      )}
      <textarea
        class={isEdit ? "cc-edit" : "collab-chat-composer"}
        // For browsers that do not size it by its content.
        rows={1 + length / 45}
        dir="auto"
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={(event) => setText(desk, key, (event.target as HTMLTextAreaElement).value)}
        onKeyDown={press}
        onFocus={() => window?.isFull || change(desk, { isFull: true })}
      />
      {window?.failure && fate(desk, window.failure)}
      <div class="cc-tools">
        <span class={left < 0 ? "cc-hint cc-danger" : "cc-hint"}>
          {left > countdownFrom
            ? (isEdit ? ["Esc"] : [sendKey, "Enter"]).map((name) => <kbd>{name}</kbd>)
            : desk.count(Math.abs(left), left < 0 ? words.tooMany : words.left)}
        </span>
        {isEdit && button(words.cancel, () => leave(desk))}
        <button class={"cc-btn cc-main" + (isEdit ? "" : " collab-chat-send")} disabled={!mayAct}>
          {isEdit ? words.save : words.send}
        </button>
      </div>
    </form>
  );
}
