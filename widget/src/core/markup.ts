// Reads the server's safe HTML subset into a tree from which the view builds nodes.
//
// The server has cleaned the markup already; here nothing but the allow-list below can come out, whatever comes in. No
// HTML parser of the browser ever sees the text, so nothing in it can load, run or style anything.

/** A piece of text, or one allowed element. `href` only on "a", and only http, https or mailto. */
export type Markup = string | MarkupElement;

export interface MarkupElement {
  readonly tag: string;
  readonly href?: string;
  readonly children: readonly Markup[];
}

const ALLOWED = /^(a|b|blockquote|br|code|em|i|li|ol|pre|s|strong|u|ul)$/;
/** Those that the server writes; any other stays as it is. */
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** Deeper elements are dropped to their text: the view walks the tree by recursion. */
const MAX_DEPTH = 20;

// A tag, or text; a "<" that opens none is text. The server escapes "<" and ">" everywhere else.
const TOKEN = /<(\/?)([a-z]+)([^<>]*)>|[^<]+|</g;
/** As the server writes it. */
const HREF = /\shref="([^"]*)"/;
const SAFE_HREF = /^(?:https?:\/\/|mailto:)/i;

/** The tree of `html`; unknown tags are dropped to their text, elements left open end with their parent. */
export function parseMarkup(html: string): readonly Markup[] {
  const root: Markup[] = [];
  const stack: { readonly tag: string; readonly children: Markup[] }[] = [{ tag: "", children: root }];
  for (const [token, slash, tag, attributes = ""] of html.matchAll(TOKEN)) {
    const children = stack.at(-1)?.children ?? root;
    if (tag === undefined) addText(children, decodeEntities(token));
    else if (!ALLOWED.test(tag)) continue;
    else if (slash) {
      const start = stack.findLastIndex((open) => open.tag === tag);
      if (start > 0) stack.length = start;
    } else if (tag === "br") {
      children.push({ tag, children: [] });
    } else if (stack.length <= MAX_DEPTH) {
      const href = tag === "a" ? safeHref(attributes) : undefined;
      const element = { tag, children: [], ...(href !== undefined && { href }) };
      children.push(element);
      stack.push(element);
    }
  }
  return root;
}

/** Joined to the text before it, so that a dropped tag leaves one piece. */
function addText(children: Markup[], text: string): void {
  const last = children.at(-1);
  if (typeof last === "string") children[children.length - 1] = last + text;
  else children.push(text);
}

function safeHref(attributes: string): string | undefined {
  const href = decodeEntities(HREF.exec(attributes)?.[1] ?? "");
  return SAFE_HREF.test(href) ? href : undefined;
}

/** Each entity once: `&amp;lt;` is the text `&lt;`. */
function decodeEntities(text: string): string {
  return text.replace(/&([a-z]+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
