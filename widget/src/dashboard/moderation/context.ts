// The words around a quote. An anchor has at most 64 of their letters (CONTRACT, 4): what may be cut, shows it. Pure.

const longest = 64;
/** Fewer than this, and it is all there was: cuts are at the borders of graphemes, a few letters before the limit. */
const whole = longest - 8;

export function contextBefore(prefix: string | null | undefined): string {
  if (!prefix || prefix.length < whole) return prefix ?? "";
  return `…${prefix.replace(/^\S*\s+/, "")}`;
}

export function contextAfter(suffix: string | null | undefined): string {
  if (!suffix || suffix.length < whole) return suffix ?? "";
  return `${suffix.replace(/\s+\S*$/, "")}…`;
}
