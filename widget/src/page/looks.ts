// How marks look: one table of names, and the sheet that carries it to the page.
//
// The browser paints every highlight over those of lower priority, tint upon tint. "collab-chat" holds all that is not
// resolved (so one name finds them all); "-mine" only adds its line, and the tints of "-overlap" and "-active" are what
// is missing from the open tint to the ones of tokens.css: #ffe38a and #ffd75c on white, #4e4522 and #6d5d29 on dark.

export type MarkName =
  "collab-chat-resolved" | "collab-chat" | "collab-chat-mine" | "collab-chat-overlap" | "collab-chat-active";

/** "both": the page declares a `color-scheme`, which can tell light parts from dark ones. */
export type Theme = "light" | "dark" | "both";

type Colour = readonly [light: string, dark: string];

interface Look {
  readonly tint?: Colour;
  readonly ink?: Colour;
  readonly line: Colour;
  /** Width and style. */
  readonly stroke: string;
}

const MARKER_LINE: Colour = ["#946800", "#e3b84a"];

/** In order of priority, the lowest first. */
export const LOOKS: Readonly<Record<MarkName, Look>> = {
  "collab-chat-resolved": { line: ["#828c87", "#7b8681"], stroke: "1.5px dotted" },
  "collab-chat": { tint: ["rgb(255 216 77/.42)", "rgb(255 210 74/.2)"], line: MARKER_LINE, stroke: "1px solid" },
  "collab-chat-mine": { line: ["#0e6b58", "#62cbb0"], stroke: "2px solid" },
  "collab-chat-overlap": {
    tint: ["rgb(255 199 40/.3)", "rgb(250 198 63/.065)"],
    line: MARKER_LINE,
    stroke: "2px solid",
  },
  "collab-chat-active": {
    tint: ["rgb(255 204 51/.68)", "rgb(238 192 68/.25)"],
    ink: ["#1a2320", "#fffdf3"],
    line: MARKER_LINE,
    stroke: "2px solid",
  },
};

export const MARK_NAMES = Object.keys(LOOKS) as MarkName[];

/** `light-dark()` follows the `color-scheme` of the text; many dark pages declare none, so there it takes a plain colour. */
export function pick([light, dark]: Colour, theme: Theme): string {
  if (theme === "both") return `light-dark(${light},${dark})`;
  return theme === "dark" ? dark : light;
}

function rule(name: MarkName, theme: Theme): string {
  const { tint, ink, line, stroke } = LOOKS[name];
  return (
    `::highlight(${name}){text-decoration:underline ${stroke} ${pick(line, theme)};text-underline-offset:.24em;` +
    `text-decoration-skip-ink:none;${tint ? `background-color:${pick(tint, theme)};` : ""}` +
    `${ink ? `color:${pick(ink, theme)}` : ""}}`
  );
}

/** The rules for all names; nothing of them prints. */
export function rules(theme: Theme): string {
  return `@media not print{${MARK_NAMES.map((name) => rule(name, theme)).join("")}}`;
}
