// Who may do what: on the pages, by the rules as they are now; at the dashboard, by role.
import { useAsked, useDesk, useWords } from "../desk";
import { Failed } from "../parts/failed";
import { Link } from "../parts/link";
import { accessTable, people, type May } from "./access";
import { Loading } from "./parts/loading";
import { accessWords } from "./rule-words";
import type { OneTenant } from "./wire";

const staff = ["moderator", "admin", "operator"] as const;

/** From which role on; as `api/v1` has it. */
const staffActs = [
  ["staff-figures", "moderator"],
  ["staff-health", "admin"],
  ["staff-settings", "admin"],
  ["staff-keys", "admin"],
  ["staff-tenants", "operator"],
  ["staff-operators", "operator"],
] as const;

export function AccessSection() {
  const say = useWords(accessWords);
  const { api } = useDesk();
  const { value, failure, refresh } = useAsked("tenant", (signal) => api.get<OneTenant>("tenant", {}, signal));
  if (!value) return failure ? <Failed failure={failure} onRetry={refresh} /> : <Loading />;
  return (
    <>
      <p class="dim set-how">
        {say("how")} <Link to={{ query: { section: "site" } }}>{say("toRules")}</Link>
      </p>
      <Matrix
        title={say("onPages")}
        columns={people}
        rows={accessTable(value.tenant.rules).map(([act, may]) => [`act-${act}`, may])}
      />
      <Matrix
        title={say("atDashboard")}
        columns={staff}
        rows={staffActs.map(([act, from]) => [
          act,
          staff.map((role) => (staff.indexOf(role) >= staff.indexOf(from) ? "yes" : "no")),
        ])}
      />
    </>
  );
}

interface MatrixProps {
  readonly title: string;
  readonly columns: readonly (keyof typeof accessWords)[];
  readonly rows: readonly (readonly [act: keyof typeof accessWords, may: readonly May[]])[];
}

function Matrix({ title, columns, rows }: MatrixProps) {
  const say = useWords(accessWords);
  return (
    <>
      <h3>{title}</h3>
      <div class="set-scroll" role="region" aria-label={title} tabIndex={0}>
        <table class="table set-matrix" data-columns={columns.length}>
          <thead>
            <tr>
              <th scope="col">{say("act")}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {say(column)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([act, mays]) => (
              <tr key={act}>
                <th scope="row">{say(act)}</th>
                {mays.map((may, column) => (
                  <td key={columns[column]} data-may={may}>
                    {say(may)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
