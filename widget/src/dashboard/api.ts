// The one client of the server: same origin, the session's cookie, errors as values.

/** Why there is no answer; `code` is the server's own, or `unreachable`. */
export interface Failure {
  readonly ok: false;
  readonly status: number;
  readonly code: string;
  /** A sentence for people, in English. */
  readonly reason: string;
  /** How long to wait, where the server says so. */
  readonly retryAfterS?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | Failure;
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Api {
  /** Asks for `path` under /api/v1, or anywhere, if it begins with a slash. */
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer<T>>;
  send<T>(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: object): Promise<Answer<T>>;
}

const timeoutMs = 20_000;

/** `onSignedOut` is told when the session has ended. */
export function createApi(tenantId: string, onSignedOut: () => void): Api {
  async function ask<T>(method: string, path: string, init: RequestInit): Promise<Answer<T>> {
    const headers = { Accept: "application/json", ...(tenantId && { "X-TENANT-ID": tenantId }), ...init.headers };
    let response: Response;
    try {
      response = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, { ...init, method, headers });
    } catch {
      return { ok: false, status: 0, code: "unreachable", reason: "The server did not answer.", body: {} };
    }
    const body = await readBody(response);
    if (response.ok && body) return { ok: true, value: body as T };
    if (response.status === 401) onSignedOut();
    const wait = Number(response.headers.get("Retry-After"));
    return {
      ok: false,
      status: response.status,
      // A proxy's error page instead of our server's answer.
      code: body && "code" in body ? `${body.code}` : "unreachable",
      reason: body && "reason" in body ? `${body.reason}` : response.statusText,
      ...(wait > 0 && { retryAfterS: wait }),
      body: body ?? {},
    };
  }

  return {
    get: (path, query = {}, signal) => {
      const given = Object.entries(query).flatMap(([name, value]) =>
        value === undefined || value === null ? [] : [[name, `${value}`]],
      );
      const search = new URLSearchParams(given).toString();
      const timeout = AbortSignal.timeout(timeoutMs);
      return ask("GET", path + (search && `?${search}`), {
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
    },
    send: (method, path, body) =>
      ask(method, path, {
        signal: AbortSignal.timeout(timeoutMs),
        ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      }),
  };
}

async function readBody(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
