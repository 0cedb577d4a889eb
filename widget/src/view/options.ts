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

const tracking = /^(utm_\w*|(fb|g|dc)clid|msclkid|mc_[ce]id|_g[al])(=|$)/i;

/**
 * Completes `config` from the page.
 *
 * @throws Error saying which option is wrong.
 */
export function readOptions(config: Config, scriptOrigin: string | undefined): Options {
  // By default values: an option that is undefined is as good as absent.
  const { tenantId, urlId, url = location.href, pageTitle = document.title, locale, simpleSSO } = config;
  const { server = config.apiHost ?? scriptOrigin ?? location.origin, selectionDelayMs = 150 } = config;
  const { sso = simpleSSO && { simpleSSOUser: simpleSSO }, readonly = false } = config;
  if (!tenantId || typeof tenantId !== "string") throw new Error("collabchat: tenantId is required, a string.");
  return {
    ...config,
    sso,
    readonly,
    selectionDelayMs,
    locale: locale || navigator.language,
    // As much as the server takes of what is only shown.
    pageTitle: pageTitle.slice(0, 1000),
    url: url.slice(0, 2000),
    urlId: urlId || cleanUrl(location.href).slice(-1000),
    server: server.replace(/^(?!https?:)(\/\/)?/, location.protocol + "//").replace(/\/+$/, ""),
  };
}

/** The address without parameters that only say where the reader came from, so that all readers meet in one room. */
export function cleanUrl(href: string): string {
  const url = new URL(href);
  const pairs = url.search.slice(1).split("&");
  url.search = pairs.filter((pair) => !tracking.test(pair)).join("&");
  return url.href;
}
