// What every view has at hand: who is there, which tenant it is about, the server, the live channel, language, address.
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Answer, Api, Failure } from "./api";
import type { Live } from "./live";
import { numbersOf, type Numbers } from "./numbers";
import type { Route } from "./router";
import type { Session, Tenant } from "./wire";
import { shared, speak, type Say, type Table, type Tag } from "./words";

export interface Desk {
  readonly session: Session;
  readonly tenant: Tenant;
  readonly api: Api;
  readonly live: Live;
  readonly route: Route;
  /** Goes to another place; what is not said stays, but the query. `replace` leaves no trace in the history. */
  go(to: Partial<Route>, replace?: boolean): void;
  /** Tenants were made, renamed, opened or closed: look anew which there are. */
  lookAgain(): void;
}

export const DeskContext = createContext<Desk | undefined>(undefined);
export const TagContext = createContext<Tag>("en");

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("A view stands outside the desk.");
  return desk;
}

export function useTag(): Tag {
  return useContext(TagContext);
}

/** Speaks a table's words in the language of whoever is there. */
export function useWords<T extends Table>(table: T): Say<T> {
  const tag = useTag();
  return useMemo(() => speak(table, tag), [table, tag]);
}

export function useNumbers(): Numbers {
  const tag = useTag();
  return useMemo(() => numbersOf(tag), [tag]);
}

/** Says why there is no answer, in the language of whoever is there, as far as we know the reason. */
export function useReason(): (failure: Failure) => string {
  const say = useWords(shared);
  return (failure) => {
    if (failure.code === "unreachable") return say("unreachable");
    if (failure.status === 429) return say("tooFast", { n: failure.retryAfterS ?? 1 });
    if (failure.status === 403) return say("forbidden");
    return say("refused", { reason: failure.reason });
  };
}

export interface Asked<T> {
  /** The last answer that came; stays while the next is on its way. */
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  readonly isLoading: boolean;
  refresh(): void;
}

/**
 * Asks the server whenever `name` changes, and again each `everyMs` while the page is seen. What was asked under another
 * name is kept until the answer comes, but never taken for it.
 */
export function useAsked<T>(name: string, ask: (signal: AbortSignal) => Promise<Answer<T>>, everyMs = 0): Asked<T> {
  const [state, setState] = useState<{ name: string; value: T | undefined; failure: Failure | undefined }>();
  const asking = useRef(ask);
  asking.current = ask;
  const current = useRef<AbortController>(undefined);
  const refresh = useCallback(() => {
    current.current?.abort();
    const mine = (current.current = new AbortController());
    void asking.current(mine.signal).then((answer) => {
      if (mine.signal.aborted) return;
      setState((known) =>
        answer.ok
          ? { name, value: answer.value, failure: undefined }
          : { name, value: known?.name === name ? known.value : undefined, failure: answer },
      );
    });
  }, [name]);
  useEffect(() => {
    refresh();
    const timer = everyMs ? setInterval(() => document.visibilityState === "visible" && refresh(), everyMs) : 0;
    return () => {
      clearInterval(timer);
      current.current?.abort();
    };
  }, [refresh, everyMs]);
  return { value: state?.value, failure: state?.failure, isLoading: state?.name !== name, refresh };
}
