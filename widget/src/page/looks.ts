// How marks look: one table of names, and the sheet that carries it to the page.
//
// The browser paints every highlight over those of lower priority, tint upon tint. "collab-chat" holds all that is not
// resolved (so one name finds them all); "-mine" only adds its line, and the tints of "-overlap" and "-active" are what
// is missing from the open tint to the ones of tokens.css: #ffe38a and #ffd75c on white, #4e4522 and #6d5d29 on dark.

/** Colours are `on light|on dark`. */
const LINE = "solid #946800|#e3b84a";

/** Line, tint and ink of each name, in order of priority, the lowest first. */
const LOOKS = {
  "collab-chat-resolved": ["1.5px dotted #828c87|#7b8681"],
  "collab-chat": [`1px ${LINE}`, "#ffd84d6b|#ffd24a33"],
  "collab-chat-mine": ["2px solid #0e6b58|#62cbb0"],
  "collab-chat-pending": ["2px dashed #0e6b58|#62cbb0"],
  "collab-chat-overlap": [`2px ${LINE}`, "#ffc7284d|#fac63f11"],
  "collab-chat-active": [`2px ${LINE}`, "#ffcc33ad|#eec04440", "#1a2320|#fffdf3"],
} satisfies Record<string, string[]>;

export type MarkName = keyof typeof LOOKS;

export const MARK_NAMES = Object.keys(LOOKS) as MarkName[];

/** The line, tint and ink of one name, "" for none. */
export function lookOf(name: MarkName, isDark: boolean): string[] {
  const parts: (string | undefined)[] = LOOKS[name];
  return [0, 1, 2].map((part) => parts[part]?.replace(/(#\w+)\|(#\w+)/, isDark ? "$2" : "$1") ?? "");
}

/** The rules for all names; nothing of them prints. */
export function rules(isDark: boolean): string {
  const all = MARK_NAMES.map((name) => {
    const [line, tint, ink] = lookOf(name, isDark);
    return (
      `::highlight(${name}){text-decoration:underline ${line};text-underline-offset:.24em;` +
      `text-decoration-skip-ink:none;background-color:${tint};color:${ink}}`
    );
  });
  return `@media not print{${all.join("")}}`;
}
