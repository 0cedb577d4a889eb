// Where one is: /dashboard/<tenant>/<view>?…, read from the address and written to it. Pure but for `follow`.

export interface Route {
  /** Empty: none is named. */
  readonly tenantId: string;
  /** Empty: the first there is. */
  readonly view: string;
  /** What the address says further; the views give it its meaning. */
  readonly query: Readonly<Record<string, string>>;
}

const base = "/dashboard";

export function readRoute(pathname: string, search: string): Route {
  const parts = pathname.slice(base.length).split("/").filter(Boolean);
  const [tenantId = "", view = ""] = parts.map(decode);
  return { tenantId, view, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function writeRoute({ tenantId, view, query }: Route): string {
  const path = [base, ...[tenantId, view].filter(Boolean).map(encodeURIComponent)].join("/");
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return path + (search && `?${search}`);
}

/** What the fragment of an address brings: `#sign-in=…` or `#error=…`. */
export function readFragment(hash: string): { readonly link?: string; readonly error?: string } {
  const [, name, value = ""] = /^#(sign-in|error)=(.+)$/.exec(hash) ?? [];
  return name === "sign-in" ? { link: decode(value) } : name === "error" ? { error: decode(value) } : {};
}

/** Whether a click on a link is ours to follow, and not the browser's, as with Ctrl for a new tab. */
export function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
