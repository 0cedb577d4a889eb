// Requests to the server, made as somebody: the session is got, kept, shared between tabs and, once refused, got anew.
//
// Guests' sessions live in localStorage, so that all tabs of a browser are one person; sessions made by SSO in
// sessionStorage, under the very payload that they were made for. Either may be forbidden: then memory has to do.

import type { Failure, Me } from "../core/model";
import { NO_ANSWER } from "../core/store";
import { decodeMe, type WireUser } from "../core/wire";
import type { Environment } from "./client";

/** What the server said: a body, or a failure. */
export interface Answer {
  /** 0 if it said nothing that could be understood. */
  readonly status: number;
  readonly failure?: Failure;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the caller knows which shape it asked for
  readonly body?: any;
}

export interface Session {
  readonly session: string;
  /** A guest's name, to be given again with the next session; "" for none. */
  readonly name: string;
}

export interface HttpOptions {
  readonly server: string;
  readonly tenantId: string;
  readonly sso?: unknown;
  /** Told of every session that comes after another or from the server; whose it is, is known in the latter case. */
  readonly onSession: (session: Session, me?: Me) => void;
}

export interface Request {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The query itself says who asks: no session goes along, and a refusal is none of the session's. */
  readonly isTicketed?: boolean;
}

export interface Http {
  /** `path` is `/<collection>` and goes before the tenant, `rest` after it. */
  call(path: string, rest: string, request?: Request): Promise<Answer>;
  setName(name: string): Promise<Answer>;
  /** Takes a session that another tab got for the same guest. */
  adopt(session: Session): void;
  /** Lets go of all requests; their answers are failures. */
  destroy(): void;
}

const TIMEOUT_MS = 10_000;

export function createHttp({ server, tenantId, sso, onSession }: HttpOptions, env: Environment): Http {
  const key = `collabchat:${server}:${tenantId}` + (sso ? `:${JSON.stringify(sso)}` : "");
  const running = new Set<() => void>();
  let current: Session | undefined;
  let signingIn: Promise<Answer> | undefined;

  async function exchange(path: string, rest: string, request: Request, session?: string): Promise<Answer> {
    const { method = "GET", query, body } = request;
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = env.setTimeout(abort, TIMEOUT_MS);
    running.add(abort);
    try {
      const response = await env.fetch(
        `${server}${path}/${encodeURIComponent(tenantId)}${rest}?${new URLSearchParams(query)}`,
        {
          method,
          credentials: "omit",
          signal: controller.signal,
          headers: {
            ...(session && { Authorization: `Bearer ${session}` }),
            ...(body !== undefined && { "Content-Type": "application/json" }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        },
      );
      const { ok, status } = response;
      // A failure may be a proxy's page; and what does not call itself a success is none.
      const answer = await response.json().catch(() => undefined);
      if (ok) return answer?.status === "success" ? { status, body: answer } : SILENCE;
      const retryAfterS = parseInt(response.headers.get("Retry-After") ?? "");
      const code = answer?.code ?? `http-${status}`;
      return { status, failure: retryAfterS >= 0 ? { code, retryAfterS } : { code } };
    } catch {
      return SILENCE;
    } finally {
      env.clearTimeout(timer);
      running.delete(abort);
    }
  }

  function storage(): Storage {
    return sso ? env.sessionStorage : env.localStorage;
  }

  function stored(): Session | undefined {
    try {
      return JSON.parse(storage().getItem(key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }

  function keep(session: Session): void {
    current = session;
    try {
      storage().setItem(key, JSON.stringify(session));
    } catch {
      // Forbidden or full: this tab still has it.
    }
  }

  async function signIn(body: object, session?: string): Promise<Answer> {
    const answer = await exchange("/sessions", "", { method: "POST", body }, session);
    if (!answer.failure) {
      const me = decodeMe(answer.body.user as WireUser);
      keep({ session: answer.body.session, name: me.isGuest ? me.name : "" });
      if (current) onSession(current, me);
    }
    return answer;
  }

  /** Makes `current` a session other than `refused`; the answer is a failure if there is none to be had. */
  async function renew(refused?: Session): Promise<Answer> {
    if (current !== refused) return done;
    const other = stored();
    if (other && other.session !== refused?.session) {
      current = other;
      if (refused) onSession(other);
      return done;
    }
    const body = sso ? { sso } : refused?.name ? { guestName: refused.name } : {};
    // Many requests may find out at the same time.
    signingIn ??= signIn(body).finally(() => (signingIn = undefined));
    return signingIn;
  }

  return {
    async call(path, rest, request = {}) {
      if (request.isTicketed) return exchange(path, rest, request);
      let answer: Answer = current ? done : await renew();
      for (let attempt = 0; !answer.failure && attempt < 2; attempt++) {
        const used = current;
        const given = await exchange(path, rest, request, used?.session);
        if (given.status !== 401 || attempt) return given;
        answer = await renew(used);
      }
      return answer;
    },
    async setName(guestName) {
      const answer: Answer = current ? done : await renew();
      return answer.failure ? answer : signIn({ guestName }, current?.session);
    },
    adopt(session) {
      current = session;
    },
    destroy() {
      for (const abort of running) abort();
    },
  };
}

const done: Answer = { status: 200 };
const SILENCE: Answer = { status: 0, failure: NO_ANSWER };
