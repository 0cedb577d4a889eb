// All sites of this server, for who runs it: opened, closed, made.
import { useState } from "preact/hooks";
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
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
  const { api } = useDesk();
  const { value, failure, refresh } = useAsked("tenants", (signal) => api.get<AllTenants>("tenants", {}, signal));
  const [made, setMade] = useState<MadeTenant>();
  const [done, setDone] = useState("");
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;
  return (
    <>
      <p class="dim set-how">{say("how")}</p>
      {failure && <Failed failure={failure} onRetry={refresh} />}
      {made && (
        <Once
          title={`${say("made", { name: made.tenant.name })} ${common("newKey")}`}
          text={made.apiKey}
          onDone={() => setMade(undefined)}
        />
      )}
      <ul class="set-rows">
        {value.tenants.map((tenant) => (
          <TenantRow
            key={tenant.id}
            it={tenant}
            onDone={(now) => {
              setDone(say(now.isEnabled ? "enabledNow" : "disabledNow", { name: now.name }));
              refresh();
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
          refresh();
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
          {/* Loaded anew: whoever was signed in before this site was there does not know of it. */}
          {it.isEnabled && it.id !== tenant.id ? (
            <a href={`/dashboard/${encodeURIComponent(it.id)}/settings`} aria-label={say("open", { name })}>
              <b>{name}</b>
            </a>
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
