/** @jsxImportSource ./dom */
// The two kinds of button, and the one that unfolds what else can be done.
import { change, leave, type Desk } from "./desk";
import type { Content } from "./dom/jsx-runtime";
import { icon } from "./icons";

/** Words to press; `kind` is a further class. */
export function button(label: Content, onClick: () => void, kind = ""): Content {
  return (
    <button type="button" class={"cc-btn " + kind} onClick={onClick}>
      {label}
    </button>
  );
}

/** `about` and `isOpen` are for what unfolds. */
export function iconButton(
  name: "check" | "close" | "more",
  label: string,
  onClick: () => void,
  about?: string,
  isOpen?: boolean,
): Content {
  return (
    <button class={"cc-icon-btn i-" + name} title={label} aria-expanded={isOpen} data-about={about} onClick={onClick}>
      {icon(name)}
    </button>
  );
}

/** Unfolds the choices about a comment, or with `""` about the discussion. */
export function dots(desk: Desk, about: string): Content {
  const { window } = desk;
  const isOpen = window?.mode === "menu" && window.about === about;
  const press = (): void => (isOpen ? leave(desk) : change(desk, { mode: "menu", about }, ".cc-menu *"));
  return iconButton("more", desk.words.more, press, about, isOpen);
}
