// Who somebody is, as a round of two letters in one of six pale tones; the name stands beside it.
interface Props {
  readonly name: string;
  /** Whose it is; the same person has the same tone everywhere. */
  readonly id: string;
}

export function Face({ name, id }: Props) {
  return (
    <span class="avatar" data-tone={toneOf(id)} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

/** The tone that the widget gives them, too (view/avatar.tsx). */
export function toneOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return 1 + (hash % 6);
}
