// What the page's author may say, checked and completed. Names are those of FastComments (CONTRACT §6).

/** The public configuration; only `tenantId` is required. */
export interface Config {
  tenantId: string;
  /** Names the room; default: the page's address without tracking parameters, with its hash. */
  urlId?: string;
  url?: string;
  pageTitle?: string;
  /** An element to put the bar into; `null`: no bar. Default: a bar before the container. */
  topBarTarget?: Element | null;
  /** Default: found from the page's colours, live. */
  hasDarkBackground?: boolean;
  /** Called with the number of comments whenever it changes. */
  commentCountUpdated?: (count: number) => void;
  readonly?: boolean;
  /** Secure SSO as made by the page's server; see `docs/`. */
  sso?: unknown;
  simpleSSO?: unknown;
  /** "uk", "uk_ua", "en-US" …; default: the browser's. */
  locale?: string;
  /** Replies to replies are not offered: only 0 is accepted, and is the default. */
  maxReplyDepth?: 0;
  /** The server's origin; default: that of the script. `apiHost` is its FastComments name. */
  server?: string;
  apiHost?: string;
  wsHost?: string;
  /** How long a selection rests before the prompt appears; default 150. */
  selectionDelayMs?: number;
}

export interface Options {
  readonly server: string;
  readonly wsHost?: string;
  readonly tenantId: string;
  readonly urlId: string;
  readonly url: string;
  readonly pageTitle: string;
  readonly sso: unknown;
  readonly readonly: boolean;
  readonly locale: string;
  readonly topBarTarget?: Element | null;
  readonly hasDarkBackground?: boolean;
  readonly selectionDelayMs: number;
}

const tracking = /^(utm_\w*|fbclid|gclid|[gw]braid|dclid|msclkid|yclid|twclid|ttclid|igshid|mc_[ce]id|_g[al])(=|$)/i;

/**
 * Completes `config` from the page.
 *
 * @throws Error saying which option is wrong.
 */
export function readOptions(config: Config, scriptOrigin: string | undefined): Options {
  const { tenantId, url = location.href, simpleSSO, sso = simpleSSO && { simpleSSOUser: simpleSSO } } = config;
  if (typeof tenantId !== "string" || !tenantId) throw new Error("collabchat: tenantId is required, a string.");
  return {
    selectionDelayMs: 150,
    locale: navigator.language,
    pageTitle: document.title,
    ...known(config),
    tenantId,
    url,
    sso,
    readonly: !!config.readonly,
    urlId: config.urlId || cleanUrl(location.href),
    server: originOf(config.server ?? config.apiHost ?? scriptOrigin ?? location.origin),
  };
}

/** The address without parameters that only say where the reader came from, so that all readers meet in one room. */
export function cleanUrl(href: string): string {
  const url = new URL(href);
  const kept = url.search.slice(1).split("&");
  url.search = kept.filter((pair) => !tracking.test(pair)).join("&");
  return url.href;
}

/** `undefined` says as little as an absent option. */
function known(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined)) as unknown as Config;
}

function originOf(server: string): string {
  const scheme = location.protocol === "http:" ? "http:" : "https:";
  return server.replace(/^(?!https?:)(\/\/)?/, `${scheme}//`).replace(/\/+$/, "");
}
