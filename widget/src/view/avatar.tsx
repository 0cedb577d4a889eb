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

/** A tone, always the same for the same id. */
function hueOf(id: string): number | undefined {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return [25, 75, 150, 210, 265, 325][hash % 6];
}

export function avatar({ id, name, avatarSrc }: Person): Content {
  return (
    <span class="cc-avatar" style={`--cc-hue:${hueOf(id)}`} aria-hidden="true">
      {initialsOf(name)}
      {/* Laid over the initials, which show if it does not load. */}
      {avatarSrc && <img src={avatarSrc} alt="" referrerpolicy="no-referrer" onError={hide} />}
    </span>
  );
}

function hide(event: Event): void {
  (event.target as HTMLElement).hidden = true;
}
