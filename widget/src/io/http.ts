// Requests to the server, made as somebody: the session is got, kept, shared between tabs and, once refused, got anew.
//
// Guests' sessions live in localStorage, so that all tabs of a browser are one person; where that is forbidden, and for
// sessions made by SSO, memory has to do. Who signs in by SSO and was a guest before shows the guest's session with it,
// so that the server gives the guest's writings to them; then it is forgotten.

import type { Failure, Me } from "../core/model";
import { decodeMe } from "../core/wire";
import { NO_ANSWER } from "../core/writes";
import type { Environment } from "./client";
import type { After } from "./timers";

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

export type Ask = (
  method: string,
  collection: string,
  /** What follows the tenant in the path. */
  rest: string,
  query?: Readonly<Record<string, string>>,
  body?: object,
  session?: string,
) => Promise<Answer>;

export interface Http {
  /** Asks as the reader. */
  readonly call: Ask;
  setName(name: string): Promise<Answer>;
  /** Takes a session that another tab got for the same guest. */
  adopt(session: Session): void;
}

const TIMEOUT_MS = 10_000;
const done: Answer = { status: 200 };
const SILENCE: Answer = { status: 0, failure: NO_ANSWER };

/**
 * `onSession` is told of every session that comes after another or from the server; whose it is, is known in the latter
 * case.
 */
export function createHttp(
  { server, tenantId, sso }: { readonly server: string; readonly tenantId: string; readonly sso?: unknown },
  onSession: (session: Session, me?: Me) => void,
  after: After,
  env: Environment,
): Http {
  const key = `collabchat:${server}:${tenantId}`;
  let current: Session | undefined;
  /** The last sign-in. */
  let turn: Promise<Answer> = Promise.resolve(done);

  const ask: Ask = async (method, collection, rest, query, body, session) => {
    const controller = new AbortController();
    const callOff = after(TIMEOUT_MS, () => controller.abort());
    try {
      const response = await env.fetch(`${server}/${collection}/${tenantId}${rest}?${new URLSearchParams(query)}`, {
        method,
        credentials: "omit",
        signal: controller.signal,
        headers: {
          ...(session && { Authorization: `Bearer ${session}` }),
          ...(body && { "Content-Type": "application/json" }),
        },
        body: body ? JSON.stringify(body) : null,
      });
      const { ok, status } = response;
      // A failure may be a proxy's page; and what does not call itself a success is none.
      const answer = await response.json().catch(() => undefined);
      if (ok) return answer?.status === "success" ? { status, body: answer } : SILENCE;
      const { code = `http-${status}`, reason } = answer ?? {};
      return {
        status,
        failure: { code, reason, retryAfterS: Number(response.headers.get("Retry-After")) || undefined },
      };
    } catch {
      return SILENCE;
    } finally {
      callOff();
    }
  };

  /** The guest's session that is kept, after `change`. */
  function kept(change?: (storage: Storage) => void): Session | undefined {
    try {
      change?.(env.localStorage);
      return JSON.parse(env.localStorage.getItem(key) ?? "");
    } catch {
      // Nothing there yet; or forbidden: this tab still has it.
      return undefined;
    }
  }

  async function signIn(body: object): Promise<Answer> {
    const answer = await ask("POST", "sessions", "", {}, body, (current ?? kept())?.session);
    if (!answer.failure) {
      const { session, user } = answer.body;
      const me = decodeMe(user);
      current = { session, name: me.isGuest ? me.name : "" };
      kept((storage) => {
        if (!me.isGuest) storage.removeItem(key);
        else if (!sso) storage.setItem(key, JSON.stringify(current));
      });
      onSession(current, me);
    }
    return answer;
  }

  /**
   * Makes `current` a session other than `refused`; the answer is a failure if there is none to be had. One at a time:
   * many requests may find out at once.
   */
  function renew(refused?: Session): Promise<Answer> {
    return (turn = turn.then(() => {
      if (current !== refused) return done;
      // A page that signs its readers in does so each time anew.
      const other = sso ? undefined : kept();
      if (other && other.session !== refused?.session) {
        current = other;
        if (refused) onSession(other);
        return done;
      }
      return signIn(sso ? { sso } : refused?.name ? { guestName: refused.name } : {});
    }));
  }

  return {
    async call(method, collection, rest, query, body) {
      const askNow = () => ask(method, collection, rest, query, body, current?.session);
      const first = await renew();
      if (first.failure) return first;
      const used = current;
      const answer = await askNow();
      if (answer.status !== 401) return answer;
      const second = await renew(used);
      return second.failure ? second : askNow();
    },
    async setName(guestName) {
      const first = await renew();
      return first.failure ? first : signIn({ guestName });
    },
    adopt(session) {
      current = session;
    },
  };
}
