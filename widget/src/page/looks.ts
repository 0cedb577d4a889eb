// How marks look: one table of names, and the sheet that carries it to the page.
//
// The browser paints every highlight over those of lower priority, tint upon tint. "collab-chat" holds all that is not
// resolved (so one name finds them all); "-mine" only adds its line, and the tints of "-overlap" and "-active" are what
// is missing from the open tint to the ones of tokens.css: #ffe38a and #ffd75c on white, #4e4522 and #6d5d29 on dark.

/** The underline, and what else belongs to each name, in order of priority, the lowest first: `on light|on dark`. */
const LOOKS = {
  "collab-chat-resolved": "1.5px dotted #828c87|#7b8681",
  "collab-chat": "1px solid #946800|#e3b84a;background-color:#ffd84d6b|#ffd24a33",
  "collab-chat-mine": "2px solid #0e6b58|#62cbb0",
  "collab-chat-pending": "2px dashed #0e6b58|#62cbb0",
  "collab-chat-overlap": "2px solid #946800|#e3b84a;background-color:#ffc7284d|#fac63f11",
  "collab-chat-active": "2px solid #946800|#e3b84a;background-color:#ffcc33ad|#eec04440;color:#1a2320|#fffdf3",
};

export type MarkName = keyof typeof LOOKS;

export const MARK_NAMES = Object.keys(LOOKS) as MarkName[];

/** The rules for all names, and for a hand over those that one can press; nothing of them prints. */
export function rules(isDark: boolean, isHovered: boolean): string {
  const all = MARK_NAMES.map(
    (name) =>
      `::highlight(${name}){text-underline-offset:.24em;text-decoration-skip-ink:none;` +
      `text-decoration:underline ${LOOKS[name].replace(/(#\w+)\|(#\w+)/g, isDark ? "$2" : "$1")}}`,
  );
  return `@media not print{${all.join("")}${isHovered ? "*{cursor:pointer!important}" : ""}}`;
}
