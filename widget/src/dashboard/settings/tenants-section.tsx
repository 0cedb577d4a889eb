// All sites of this server, for who runs it: opened, closed, made.
import { useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { Link } from "../parts/link";
import { NewTenant } from "./new-tenant";
import { Confirm } from "./parts/confirm";
import { useDeed, useRefusal } from "./parts/deed";
import { Problem } from "./parts/field";
import { Loading } from "./parts/loading";
import { Once } from "./parts/once";
import type { AllTenants, MadeTenant, OneTenant, TenantSettings } from "./wire";
import { tenantWords, words } from "./words";

export function TenantsSection() {
  const say = useWords(tenantWords);
  const common = useWords(words);
  const { api, lookAgain } = useDesk();
  const { value, failure, refresh } = useAsked("tenants", (signal) => api.get<AllTenants>("tenants", {}, signal));
  const [made, setMade] = useState<MadeTenant>();
  const [done, setDone] = useState("");
  const refreshAll = () => {
    refresh();
    lookAgain();
  };
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      {failure && <Failed failure={failure} onRetry={refresh} />}
      {made && (
        <>
          <Once
            title={`${say("made", { name: made.tenant.name })} ${common("newKey")}`}
            text={made.apiKey}
            onDone={() => setMade(undefined)}
          />
          <p class="set-next">
            {say("itsId")} <b class="mono">{made.tenant.id}</b>{" "}
            {(["snippet", "keys", "site"] as const).map((section) => (
              <Link key={section} to={{ tenantId: made.tenant.id, view: "settings", query: { section } }}>
                {say(`next-${section}`)}
              </Link>
            ))}
          </p>
        </>
      )}
      <ul class="set-rows">
        {value.tenants.map((tenant) => (
          <TenantRow
            key={tenant.id}
            it={tenant}
            onDone={(now) => {
              setDone(say(now.isEnabled ? "enabledNow" : "disabledNow", { name: now.name }));
              refreshAll();
            }}
          />
        ))}
      </ul>
      <p class="set-done" role="status">
        {done}
      </p>
      <NewTenant
        onMade={(tenant) => {
          setMade(tenant);
          setDone("");
          refreshAll();
        }}
      />
    </>
  );
}

function TenantRow({ it, onDone }: { readonly it: TenantSettings; readonly onDone: (now: TenantSettings) => void }) {
  const say = useWords(tenantWords);
  const { api, tenant } = useDesk();
  const refusal = useRefusal();
  const deed = useDeed();
  const [isAsking, setAsking] = useState(false);
  const { name } = it;

  const turn = (isEnabled: boolean) =>
    void deed.run(
      () => api.send<OneTenant>("PATCH", `tenants/${encodeURIComponent(it.id)}`, { isEnabled }),
      (changed) => {
        setAsking(false);
        onDone(changed.tenant);
      },
    );

  return (
    <li class="set-item">
      <div class="set-item-words">
        <span>
          {it.isEnabled && it.id !== tenant.id ? (
            <Link to={{ tenantId: it.id, view: "settings" }} label={say("open", { name })}>
              <b>{name}</b>
            </Link>
          ) : (
            <b>{name}</b>
          )}
          {it.id === tenant.id && <span class="set-chip">{say("here")}</span>}
          {!it.isEnabled && <span class="set-chip">{say("disabled")}</span>}
        </span>
        <span class="small">
          <span class="mono">{it.id}</span> · {it.origins.join(", ")}
        </span>
      </div>
      {it.isEnabled ? (
        <button
          type="button"
          class="button-bare set-danger-bare"
          aria-label={`${say("disable")}: ${name}`}
          aria-expanded={isAsking}
          onClick={() => setAsking(true)}
        >
          {say("disable")}
        </button>
      ) : (
        <button
          type="button"
          class="button-bare"
          aria-label={`${say("enable")}: ${name}`}
          disabled={deed.isBusy}
          onClick={() => turn(true)}
        >
          {say("enable")}
        </button>
      )}
      {isAsking && (
        <Confirm
          question={say("disableAsk", { name })}
          label={say("disable")}
          isBusy={deed.isBusy}
          onCancel={() => setAsking(false)}
          onConfirm={() => turn(false)}
        />
      )}
      <Problem text={refusal(deed.failure)} />
    </li>
  );
}
