// Reads the server's safe HTML subset into a tree, which the view draws as it is.
//
// The server has cleaned the markup already; here nothing but the allow-list below can come out, whatever comes in. No
// HTML parser of the browser ever sees the text, so nothing in it can load, run or style anything.

/** A piece of text, or one allowed element. */
export type Markup = string | MarkupElement;

export interface MarkupElement {
  readonly tag: string;
  /** Empty, but for a link to http, https or mailto. */
  readonly props: Readonly<Record<string, string>>;
  readonly children: readonly Markup[];
}

const ALLOWED = /^(a|b|blockquote|br|code|em|i|li|ol|pre|s|strong|u|ul)$/;
/** Those that the server writes; any other stays as it is. */
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** Deeper elements are dropped to their text: the view walks the tree by recursion. */
const MAX_DEPTH = 20;

// A tag, perhaps with its href as the server writes it, or text; a "<" that opens none is text. The server escapes "<"
// and ">" everywhere else.
const TOKEN = /<(\/?)([a-z]+)(?:[^<>]*?\shref="([^"]*)")?[^<>]*>|[^<]+|</g;
const SAFE_HREF = /^(https?:\/\/|mailto:)/i;

/** The tree of `html`; unknown tags are dropped to their text, elements left open end with their parent. */
export function parseMarkup(html: string): readonly Markup[] {
  const root: Markup[] = [];
  const stack: { readonly tag: string; readonly children: Markup[] }[] = [{ tag: "", children: root }];
  for (const [token, slash, tag, link = ""] of html.matchAll(TOKEN)) {
    const parent = stack.at(-1)?.children ?? root;
    if (!tag) parent.push(decodeEntities(token));
    else if (slash) {
      const start = stack.findLastIndex((open) => open.tag === tag);
      if (start > 0) stack.length = start;
    } else if (ALLOWED.test(tag) && stack.length <= MAX_DEPTH) {
      const href = decodeEntities(link);
      const isLink = tag === "a" && SAFE_HREF.test(href);
      const props: MarkupElement["props"] = isLink ? { href, target: "_blank", rel: "noopener nofollow ugc" } : {};
      const element = { tag, props, children: [] };
      parent.push(element);
      if (tag !== "br") stack.push(element);
    }
  }
  return root;
}

/** Each entity once: `&amp;lt;` is the text `&lt;`. */
function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => ENTITIES[name] as string);
}
