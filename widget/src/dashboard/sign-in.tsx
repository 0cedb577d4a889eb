// Where nobody is signed in: by a link that was just opened, a password, or somewhere else; and what went wrong.
import { useEffect, useState } from "preact/hooks";
import type { Api, Failure } from "./api";
import { useReason, useWords } from "./desk";
import { Code } from "./parts/code";
import { Icon } from "./parts/icon";
import type { Session, Ways } from "./wire";
import { signInWords } from "./words";

interface Props {
  readonly api: Api;
  readonly ways: Ways;
  /** Why one is here, if not from the start. */
  readonly because?: "ended" | "signedOut" | undefined;
  readonly link?: string | undefined;
  /** What the OpenID provider's answer came to. */
  readonly error?: string | undefined;
  readonly onSignedIn: (session: Session) => void;
  /** The link is good for nothing: whoever is there may be signed in all the same, or have another way. */
  readonly onLinkFailed: () => void;
}

const errorWords = {
  "oidc-unknown": "unknown",
  "oidc-unverified": "unverified",
  "oidc-state": "expired",
  "oidc-unreachable": "away",
  "oidc-refused": "refusedThere",
} as const satisfies Record<string, keyof typeof signInWords>;

export function SignIn({ api, ways, because, link, error, onSignedIn, onLinkFailed }: Props) {
  const say = useWords(signInWords);
  const reason = useReason();
  const [isBusy, setBusy] = useState(link !== undefined);
  const [failure, setFailure] = useState<{ by: "link" | "password"; failure: Failure }>();

  async function signIn(by: "link" | "password", body: object): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    const answer = await api.send<Session>("POST", "/dashboard/session", body);
    if (answer.ok) return onSignedIn(answer.value);
    setBusy(false);
    setFailure({ by, failure: answer });
    if (by === "link") onLinkFailed();
  }

  useEffect(() => {
    if (link !== undefined) void signIn("link", { link });
  }, [link]);

  const whatFailed = (): string | undefined => {
    if (failure) {
      if (failure.failure.status === 401 || failure.failure.status === 400)
        return say(failure.by === "link" ? "linkUsed" : "wrong");
      return reason(failure.failure);
    }
    if (error === undefined) return undefined;
    const name = Object.entries(errorWords).find(([code]) => code === error)?.[1];
    return name ? say(name) : say("failed", { code: error });
  };
  const said = whatFailed();

  return (
    <main class="sign-in" id="content">
      <p class="brand">
        <Icon name="mark" />
        <span>collabchat</span>
      </p>
      <h1>{say("title")}</h1>
      {said !== undefined && (
        <p class="notice" role="alert">
          <Icon name="warn" />
          <span>{said}</span>
        </p>
      )}
      {said === undefined && because && <p class="dim">{say(because)}</p>}
      {isBusy && (
        <p class="wait" role="status">
          <span class="ring" aria-hidden="true" />
          {say("signingIn")}
        </p>
      )}
      {ways.password && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            void signIn("password", { email: form.get("email"), password: form.get("password") });
          }}
        >
          <label class="field">
            <span>{say("email")}</span>
            <input name="email" type="email" autocomplete="username" required maxLength={254} />
          </label>
          <label class="field">
            <span>{say("password")}</span>
            <input name="password" type="password" autocomplete="current-password" required maxLength={1000} />
          </label>
          <button type="submit" class="button-main" disabled={isBusy}>
            {say("submit")}
          </button>
        </form>
      )}
      {ways.password && ways.oidc && <p class="or">{say("or")}</p>}
      {ways.oidc && (
        <a class="button sign-in-elsewhere" href="/dashboard/oidc">
          {say("elsewhere", { name: ways.oidc.name })}
        </a>
      )}
      {!isBusy && (
        <div class="sign-in-link">
          <p class="dim">{say(ways.password || ways.oidc ? "byLinkToo" : "byLink")}</p>
          <Code title={say("onServer")} text="collabchat sign-in-link --data-dir DIR" />
        </div>
      )}
    </main>
  );
}
