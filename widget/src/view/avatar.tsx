/** @jsxImportSource ./dom */
// A face: the person's picture, or initials on one of six tones.
import type { Person } from "../core/model";
import type { Content } from "./dom/jsx-runtime";

/** Two initials at most: of the first and the last word. */
export function initialsOf(name: string): string {
  const [first = "", ...rest] = name.trim().split(/\s+/);
  return [first, rest.at(-1) ?? ""]
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

/** 1 to 6, always the same for the same id. */
export function toneOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return (hash % 6) + 1;
}

export function avatar({ id, name, avatarSrc }: Person): Content {
  return (
    <span class="cc-avatar" data-tone={toneOf(id)} aria-hidden="true">
      {initialsOf(name)}
      {/* Laid over the initials, which show if it does not load. */}
      {avatarSrc && <img src={avatarSrc} alt="" referrerpolicy="no-referrer" onError={hide} />}
    </span>
  );
}

function hide(event: Event): void {
  (event.target as HTMLElement).hidden = true;
}
