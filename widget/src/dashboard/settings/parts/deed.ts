// One thing that is done at the server: whether it is under way, and what came of it.
import { localeOf } from "../../numbers";
import { useRef, useState } from "preact/hooks";
import type { Answer, Failure } from "../../api";
import { useReason, useTag, useWords } from "../../desk";
import { shared, type Tag } from "../../words";
import { words } from "../words";

export interface Deed {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  /** Does it, unless it is being done; `then` gets the answer. */
  run<T>(doing: () => Promise<Answer<T>>, then: (value: T) => void): Promise<boolean>;
  forget(): void;
}

export function useDeed(): Deed {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const busy = useRef(false);
  return {
    isBusy,
    failure,
    async run(doing, then) {
      if (busy.current) return false;
      busy.current = true;
      setBusy(true);
      setFailure(undefined);
      const answer = await doing();
      busy.current = false;
      setBusy(false);
      if (answer.ok) then(answer.value);
      else setFailure(answer);
      return answer.ok;
    },
    forget: () => setFailure(undefined),
  };
}

/** Which field a refusal is about, as the server calls it; empty: none. */
export function fieldOf(failure: Failure | undefined): string {
  const field = failure?.body["field"];
  return typeof field === "string" ? field.replace(/\[[\d.]*\].*$/, "") : "";
}

/** The server's own reason, for beside what it is about: here it says more than that a role does not allow it. */
export function useRefusal(): (failure: Failure | undefined) => string | undefined {
  const reason = useReason();
  const say = useWords(shared);
  return (failure) => {
    if (!failure) return undefined;
    if (failure.code === "unreachable" || failure.status === 429) return reason(failure);
    return say("refused", { reason: failure.reason });
  };
}

/** The refusal, if it is about this field. */
export function useFieldRefusal(failure: Failure | undefined): (field: string) => string | undefined {
  const say = useWords(words);
  return (field) => {
    if (!failure || fieldOf(failure) !== field) return undefined;
    const bare = failure.reason.replace(`${failure.body["field"] as string}: `, "");
    return say("serverSays", { reason: bare.charAt(0).toUpperCase() + bare.slice(1) });
  };
}

/** 28 Nov 2026, 07:15 UTC */
export function useMoment(): (at: number) => string {
  const tag: Tag = useTag();
  const format = new Intl.DateTimeFormat(localeOf(tag), {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
    timeZoneName: "short",
  });
  return (at) => format.format(at);
}
