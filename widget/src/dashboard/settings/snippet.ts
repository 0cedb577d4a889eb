// Writes what one puts into a page to have discussions there (docs/widget.md). Pure.

export interface Wish {
  /** Where the widget comes from, like https://chat.example. */
  readonly server: string;
  readonly tenantId: string;
  /** A CSS selector; empty: the whole page. */
  readonly target: string;
  /** Empty: the page's address. */
  readonly urlId: string;
  /** Empty: the reader's own. */
  readonly locale: string;
  /** Empty: found from the page. The tag has no attribute for it. */
  readonly background: "" | "light" | "dark";
}

const source = ({ server }: Wish) => `${server}/js/embed-collab-chat.min.js`;

export function writeTag(wish: Wish): string {
  const attributes = [
    ["src", source(wish)],
    ["data-tenant-id", wish.tenantId],
    ["data-target", wish.target.trim()],
    ["data-url-id", wish.urlId.trim()],
    ["data-locale", wish.locale],
  ] as const;
  const written = attributes.filter(([, value]) => value).map(([name, value]) => `${name}="${escapeAttribute(value)}"`);
  return `<script ${written.join("\n        ")}\n        async></script>`;
}

export function writeScript(wish: Wish): string {
  const { background } = wish;
  const target = wish.target.trim();
  const options = [
    ["tenantId", wish.tenantId],
    ["urlId", wish.urlId.trim()],
    ["locale", wish.locale],
    ["hasDarkBackground", background && background === "dark"],
  ] as const;
  const written = options.filter(([, value]) => value !== "").map(([name, value]) => `    ${name}: ${literal(value)},`);
  const element = target ? `document.querySelector(${literal(target)})` : "document.body";
  return [
    `<script src="${escapeAttribute(source(wish))}"></script>`,
    "<script>",
    `  CollabChat(${element}, {`,
    ...written,
    "  });",
    "</script>",
  ].join("\n");
}

/** The origin of a page by its address, as far as that can be told: of a file there is none. */
export function originOf(address: string): string | undefined {
  const given = address.trim();
  return /^https?:\/\//i.test(given) && URL.canParse(given) ? new URL(given).origin : undefined;
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** JavaScript that stays within its <script>. */
function literal(value: string | boolean): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
