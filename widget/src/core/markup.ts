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

const ALLOWED = new Set("a b blockquote br code del em i li ol p pre s strong u ul".split(" "));
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** Deeper elements are dropped to their text: the view walks the tree by recursion. */
const MAX_DEPTH = 20;

// A comment, a tag (quoted values may hold ">"), or text; a "<" that opens neither is text. No token but text passes a
// "<", which keeps the time linear whatever comes; the server writes it as an entity.
const TOKEN = /<!--[^<]*?-->|<(\/?)([a-z][a-z0-9]*)((?:[^<>"']|"[^<"]*"|'[^<']*')*)>|[^<]+|</gi;
const HREF = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
const SAFE_HREF = /^(?:https?:\/\/|mailto:)/i;

/** The tree of `html`; unknown tags are dropped to their text, elements left open end with their parent. */
export function parseMarkup(html: string): readonly Markup[] {
  const root: Markup[] = [];
  const stack: { readonly tag: string; readonly children: Markup[] }[] = [{ tag: "", children: root }];
  for (const [token, slash, name, attributes = ""] of html.matchAll(TOKEN)) {
    const children = stack.at(-1)?.children ?? root;
    if (name === undefined) {
      if (!token.startsWith("<!--")) addText(children, decodeEntities(token));
      continue;
    }
    const tag = name.toLowerCase();
    if (!ALLOWED.has(tag)) continue;
    if (slash) {
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
  const found = HREF.exec(attributes);
  const href = decodeEntities(found?.[1] ?? found?.[2] ?? found?.[3] ?? "").trim();
  return SAFE_HREF.test(href) ? href : undefined;
}

/** Each entity once: `&amp;lt;` is the text `&lt;`. What is no entity stays as it is. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
