// What to put into a page, made to measure; and the demo of this server, if it may be seen here.
import { useEffect, useState } from "preact/hooks";
import { useAsked, useDesk, useWords, useTag } from "../desk";
import { Code } from "../parts/code";
import { Link } from "../parts/link";
import { SelectField, TextField } from "./parts/field";
import { originOf, writeScript, writeTag, type Wish } from "./snippet";
import type { OneTenant } from "./wire";
import { snippetWords, words } from "./words";

export function SnippetSection() {
  const say = useWords(snippetWords);
  const common = useWords(words);
  const { api, tenant } = useDesk();
  const asked = useAsked("tenant", (signal) => api.get<OneTenant>("tenant", {}, signal));
  const [wish, setWish] = useState<Wish>({
    server: location.origin,
    tenantId: tenant.id,
    target: "",
    urlId: "",
    locale: "",
    background: "",
  });
  const change = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      <div class="set-pair set-fields">
        <TextField
          label={say("target")}
          note={common("optional")}
          how={say("targetHow")}
          problem={isSelector(wish.target) ? undefined : say("targetWrong")}
          value={wish.target}
          onInput={(target) => change({ target })}
          input={{ placeholder: "main", spellcheck: false }}
        />
        <TextField
          label={say("urlId")}
          note={common("optional")}
          how={say("urlIdHow")}
          value={wish.urlId}
          onInput={(urlId) => change({ urlId })}
          input={{ maxLength: 1000, spellcheck: false }}
        />
        <SelectField
          label={say("locale")}
          value={wish.locale}
          options={[
            { value: "", label: say("localeAuto") },
            { value: "en", label: "English" },
            { value: "uk", label: "Українська" },
          ]}
          onChoose={(locale) => change({ locale })}
        />
        <SelectField
          label={say("background")}
          how={say("backgroundHow")}
          value={wish.background}
          options={[
            { value: "", label: say("backgroundAuto") },
            { value: "light", label: say("light") },
            { value: "dark", label: say("dark") },
          ]}
          onChoose={(background) => change({ background: background as Wish["background"] })}
        />
      </div>
      <div class="set-codes">
        <Code title={say("tag")} text={writeTag(wish)} />
        <Code title={say("script")} text={writeScript(wish)} />
      </div>
      {asked.value && <Allowed origins={asked.value.tenant.origins} />}
      <Demo />
    </>
  );
}

/** Where it works: of a page whose address one types, whether it does. */
function Allowed({ origins }: { readonly origins: readonly string[] }) {
  const say = useWords(snippetWords);
  const common = useWords(words);
  const [address, setAddress] = useState("");
  const origin = originOf(address);
  const isAllowed = origin !== undefined && origins.includes(origin);
  return (
    <>
      <TextField
        label={say("where")}
        note={common("optional")}
        how={isAllowed ? say("allowed", { origin }) : say("answered", { origins: origins.join(", ") })}
        problem={origin === undefined || isAllowed ? undefined : say("notAllowed", { origin })}
        value={address}
        onInput={setAddress}
        input={{ inputMode: "url", placeholder: "https://", spellcheck: false }}
      />
      <p class="small">
        <Link to={{ query: { section: "site" } }}>{say("toOrigins")}</Link>
      </p>
    </>
  );
}

/** Whether a selector can be one; none is one, too. */
function isSelector(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    document.createDocumentFragment().querySelector(text);
    return true;
  } catch {
    return false;
  }
}

/** The demo stands here where its headers let our own pages show it, else it is a link; where there is none, nothing. */
function Demo() {
  const say = useWords(snippetWords);
  const tag = useTag();
  const [way, setWay] = useState<"frame" | "link">();
  useEffect(() => {
    const gone = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const response = await fetch("/demo", { signal: gone.signal });
        if (!response.ok) return;
        const policy = response.headers.get("Content-Security-Policy") ?? "";
        setWay(/frame-ancestors 'self'/.test(policy) ? "frame" : "link");
      } catch {
        // No answer: there is nothing to show.
      }
    };
    void look();
    return () => gone.abort();
  }, []);
  if (!way) return null;
  return (
    <div class="set-demo">
      <h3>{say("preview")}</h3>
      <p class="small">{say("demoHow")}</p>
      {way === "frame" && (
        <iframe src={`/demo/udhr${tag === "uk" ? "-uk" : ""}`} title={say("preview")} loading="lazy" />
      )}
      <p>
        <a href="/demo" target="_blank" rel="noreferrer">
          {say("openDemo")}
        </a>
      </p>
    </div>
  );
}
