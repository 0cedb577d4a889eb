/** @jsxImportSource ./dom */
// The two kinds of button, and the one that unfolds what else can be done.
import type { Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";

/** main: filled · line: edged · bare: words only */
export function button(kind: "main" | "line" | "bare", label: string, onClick: () => void, extra = ""): Content {
  return (
    <button type="button" data-kind={kind} class={`cc-btn ${extra}`} onClick={onClick}>
      {label}
    </button>
  );
}

export function iconButton(name: "check" | "close", label: string, onClick: () => void): Content {
  return (
    <button type="button" class={`cc-icon-btn cc-do-${name}`} title={label} onClick={onClick}>
      {icon(name)}
    </button>
  );
}

/** Unfolds the choices about `subject`; whether they are is the desk's to know, and Esc the desk's to hear. */
export function dots(desk: Desk, subject: string): Content {
  const isOpen = desk.window?.menu === subject;
  return (
    <button
      type="button"
      class="cc-icon-btn cc-dots"
      title={desk.language.words.more}
      aria-expanded={isOpen}
      data-subject={subject}
      onClick={() => desk.change({ menu: isOpen ? undefined : subject }, ".cc-menu *")}
    >
      {icon("more")}
    </button>
  );
}
