// The tenant's API keys by their ids: made, replaced, ended. A key itself is seen once.
import { useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { NewKey, RotateKeys } from "./key-forms";
import { Confirm } from "./parts/confirm";
import { useDeed, useMoment, useRefusal } from "./parts/deed";
import { Problem } from "./parts/field";
import { Loading } from "./parts/loading";
import { Once } from "./parts/once";
import type { Key, Keys, MadeKey, OneTenant } from "./wire";
import { keyWords, words } from "./words";

export function KeysSection() {
  const say = useWords(keyWords);
  const common = useWords(words);
  const { api } = useDesk();
  const keys = useAsked("keys", (signal) => api.get<Keys>("keys", {}, signal));
  const tenant = useAsked("tenant", (signal) => api.get<OneTenant>("tenant", {}, signal));
  const [made, setMade] = useState<MadeKey>();
  const [done, setDone] = useState("");
  const failure = keys.failure ?? tenant.failure;
  if (failure)
    return (
      <Failed
        failure={failure}
        onRetry={() => {
          keys.refresh();
          tenant.refresh();
        }}
      />
    );
  if (!keys.value || !tenant.value) return <Loading />;

  const take = (key: MadeKey) => {
    setMade(key);
    setDone("");
    keys.refresh();
  };
  const { origins } = tenant.value.tenant;
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      {made && (
        <Once title={`${common("newKey")} ${made.key.id}`} text={made.apiKey} onDone={() => setMade(undefined)} />
      )}
      <h3>{say("current")}</h3>
      {keys.value.keys.length === 0 && <p class="set-none dim">{say("noKeys")}</p>}
      <ul class="set-rows">
        {keys.value.keys.map((key) => (
          <KeyRow
            key={key.id}
            it={key}
            onRevoked={() => {
              if (made?.key.id === key.id) setMade(undefined);
              setDone(say("revoked", { id: key.id }));
              keys.refresh();
            }}
          />
        ))}
      </ul>
      <p class="set-done" role="status">
        {done}
      </p>
      <div class="set-pair">
        <NewKey origins={origins} onMade={take} />
        <RotateKeys
          origins={[...new Set(keys.value.keys.flatMap(({ origin }) => (origin === null ? [] : [origin])))].filter(
            (each) => origins.includes(each),
          )}
          onMade={take}
        />
      </div>
    </>
  );
}

function KeyRow({ it, onRevoked }: { readonly it: Key; readonly onRevoked: () => void }) {
  const say = useWords(keyWords);
  const { api } = useDesk();
  const moment = useMoment();
  const refusal = useRefusal();
  const deed = useDeed();
  const [isAsking, setAsking] = useState(false);
  return (
    <li class="set-item">
      <div class="set-item-words">
        <b class="mono">{it.id}</b>
        <span>{it.origin === null ? say("forAll") : say("forOne", { origin: it.origin })}</span>
        <span class="small set-times">
          <span>{say("made", { time: moment(it.createdAt) })}</span>
          {it.endsAt !== null && <span class="set-chip">{say("ends", { time: moment(it.endsAt) })}</span>}
        </span>
      </div>
      <button
        type="button"
        class="button-bare set-danger-bare"
        aria-label={`${say("revoke")} ${it.id}`}
        aria-expanded={isAsking}
        onClick={() => setAsking(true)}
      >
        {say("revoke")}
      </button>
      {isAsking && (
        <Confirm
          question={say("revokeAsk", { id: it.id })}
          label={say("revoke")}
          isBusy={deed.isBusy}
          onCancel={() => setAsking(false)}
          onConfirm={() => void deed.run(() => api.send("DELETE", `keys/${encodeURIComponent(it.id)}`), onRevoked)}
        />
      )}
      <Problem text={refusal(deed.failure)} />
    </li>
  );
}
