// The whole: finds out who is there, signs them in, and shows the desk of one tenant.
import { useEffect, useMemo, useState } from "preact/hooks";
import { createApi, type Failure } from "./api";
import { TagContext } from "./desk";
import { isHeld } from "./guard";
import { Failed } from "./parts/failed";
import { readRoute, writeRoute, type Route } from "./router";
import { Shell } from "./shell";
import { SignIn } from "./sign-in";
import type { Session, Ways } from "./wire";
import { tagOf, type Tag } from "./words";

const languageKey = "collabchat.dashboard.language";
const noWays: Ways = { password: false, oidc: null };

type State =
  | { readonly at: "start" }
  | { readonly at: "failed"; readonly failure: Failure }
  | { readonly at: "door"; readonly ways: Ways; readonly because?: "ended" | "signedOut" | undefined }
  | { readonly at: "desk"; readonly session: Session };

interface Props {
  readonly link: string | undefined;
  readonly error: string | undefined;
}

/** Storage may be forbidden; then a choice lasts as long as the page. */
function stored(value?: Tag): string | null {
  try {
    if (value) localStorage.setItem(languageKey, value);
    return localStorage.getItem(languageKey);
  } catch {
    return null;
  }
}

export function App({ link, error }: Props) {
  const [state, setState] = useState<State>({ at: "start" });
  const [tag, setTag] = useState(() => tagOf(stored(), navigator.languages));
  const [route, setRoute] = useState(() => readRoute(location.pathname, location.search));
  const anybody = useMemo(() => createApi("", () => undefined), []);

  async function look(because?: "ended" | "signedOut"): Promise<void> {
    const answer = await anybody.get<Session>("/dashboard/session");
    if (answer.ok) setState({ at: "desk", session: answer.value });
    else if (answer.status === 401)
      setState({ at: "door", ways: (answer.body["ways"] as Ways | undefined) ?? noWays, because });
    else setState({ at: "failed", failure: answer });
  }

  /** Those there were stay, if no answer comes: what was done is done, and the next page load shows it. */
  async function lookAgain(): Promise<void> {
    const answer = await anybody.get<Session>("/dashboard/session");
    if (answer.ok) setState({ at: "desk", session: answer.value });
  }

  useEffect(() => {
    // A link may be for somebody else than who is signed in here.
    if (link === undefined) void look();
    else setState({ at: "door", ways: noWays });
    const gone = new AbortController();
    const follow = () => {
      const to = readRoute(location.pathname, location.search);
      if (!isHeld(to)) setRoute(to);
    };
    addEventListener("popstate", follow, { signal: gone.signal });
    return () => gone.abort();
  }, []);
  useEffect(() => {
    document.documentElement.lang = tag;
  }, [tag]);

  function go(to: Partial<Route>, replace = false): void {
    const next = { ...route, query: {}, ...to };
    if (!replace && isHeld(next)) return;
    history[replace ? "replaceState" : "pushState"](null, "", writeRoute(next));
    setRoute(next);
  }

  async function signOut(): Promise<void> {
    const answer = await anybody.send("DELETE", "/dashboard/session");
    if (answer.ok || answer.status === 401) await look("signedOut");
    else setState({ at: "failed", failure: answer });
  }

  return (
    <TagContext.Provider value={tag}>
      {state.at === "failed" && (
        <main class="sign-in" id="content">
          <Failed failure={state.failure} onRetry={() => void look()} />
        </main>
      )}
      {state.at === "door" && (
        <SignIn
          api={anybody}
          ways={state.ways}
          because={state.because}
          link={state.because ? undefined : link}
          error={state.because ? undefined : error}
          onLinkFailed={() => void look()}
          onSignedIn={(session) => setState({ at: "desk", session })}
        />
      )}
      {state.at === "desk" && (
        <Shell
          session={state.session}
          route={route}
          go={go}
          lookAgain={() => void lookAgain()}
          onTag={(chosen) => {
            stored(chosen);
            setTag(chosen);
          }}
          onSignOut={() => void signOut()}
          onSignedOut={() => void look("ended")}
        />
      )}
    </TagContext.Provider>
  );
}
