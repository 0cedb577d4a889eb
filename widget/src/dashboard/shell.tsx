// What stands around every view: which tenant, the tabs, whether it is live, the account. And the view itself.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { createApi, type Api } from "./api";
import { DeskContext, useTag, useWords, type Desk } from "./desk";
import type { LinkState } from "./link";
import { openLive, type Live } from "./live";
import { Choice } from "./parts/choice";
import { Code } from "./parts/code";
import { Face } from "./parts/face";
import { Icon } from "./parts/icon";
import { Link } from "./parts/link";
import { Menu } from "./parts/menu";
import type { Route } from "./router";
import { views, type View } from "./views";
import type { Session } from "./wire";
import { shared, tags, type Tag } from "./words";

interface Props {
  readonly session: Session;
  readonly route: Route;
  readonly go: Desk["go"];
  readonly lookAgain: Desk["lookAgain"];
  readonly onTag: (tag: Tag) => void;
  readonly onSignOut: () => void;
  readonly onSignedOut: () => void;
}

const tagNames: Record<Tag, string> = { en: "English", uk: "Українська" };

export function Shell(props: Props) {
  const { session, route, go, lookAgain, onSignedOut } = props;
  const say = useWords(shared);
  const tenant = session.tenants.find(({ id }) => id === (route.tenantId || session.tenants[0]?.id));
  const theirs = views.filter(({ roles }) => !roles || roles.includes(session.role));
  const view = theirs.find(({ name }) => name === (route.view || theirs[0]?.name));

  const tenantId = tenant?.id ?? "";
  const hasStood = useRef(false);
  const [opened, setOpened] = useState<{ api: Api; live: Live; tenantId: string }>();
  useEffect(() => {
    if (!tenantId) return undefined;
    const api = createApi(tenantId, onSignedOut);
    const live = openLive(api);
    setOpened({ api, live, tenantId });
    return () => live.end();
  }, [tenantId]);

  useEffect(() => {
    if (tenant && view && (route.tenantId === "" || route.view === ""))
      go({ tenantId: tenant.id, view: view.name, query: route.query }, true);
  }, [tenant, view, route]);

  const line = opened && opened.tenantId === tenantId ? opened : undefined;
  const desk = useMemo<Desk | undefined>(
    () => (tenant && line ? { session, tenant, api: line.api, live: line.live, route, go, lookAgain } : undefined),
    [session, tenant, line, route],
  );

  const page = (
    <div class="shell">
      <a class="skip" href="#content">
        {say("skip")}
      </a>
      <Head {...props} views={theirs} view={view} desk={desk} />
      {desk && view ? (
        <Stage key={`${tenantId}/${view.name}`} view={view} tenantName={desk.tenant.name} hasStood={hasStood} />
      ) : tenant && view ? (
        <main id="content" tabIndex={-1} />
      ) : (
        <Nowhere
          session={session}
          isKnown={tenant !== undefined}
          isForbidden={views.some(({ name }) => name === route.view)}
        />
      )}
    </div>
  );
  return <DeskContext.Provider value={desk}>{page}</DeskContext.Provider>;
}

function Head(
  props: Props & { readonly views: readonly View[]; readonly view: View | undefined; readonly desk?: Desk | undefined },
) {
  const { session, route, go, view, desk, onTag, onSignOut } = props;
  const say = useWords(shared);
  const tag = useTag();
  const { tenants } = session;
  return (
    <header class="head">
      <span class="brand">
        <Icon name="mark" />
        <span>collabchat</span>
      </span>
      {tenants.length > 1 && (
        <label class="select head-tenant">
          <span class="unseen">{say("tenant")}</span>
          <select
            value={desk?.tenant.id ?? ""}
            onChange={({ currentTarget }) => go({ tenantId: currentTarget.value, view: view?.under ?? route.view })}
          >
            {!desk && <option value="" />}
            {tenants.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          <Icon name="down" />
        </label>
      )}
      {tenants.length === 1 && <span class="head-tenant head-only">{tenants[0]?.name}</span>}
      {desk && (
        <nav class="tabs" aria-label={say("dashboard")}>
          {props.views
            .filter(({ under }) => under === undefined)
            .map(({ name, title, badge: Badge }) => (
              <Link key={name} to={{ view: name }} current={name === (view?.under ?? view?.name)}>
                {title[tags.indexOf(tag)]}
                {Badge && <Badge />}
              </Link>
            ))}
        </nav>
      )}
      <div class="head-end">
        {desk && <State live={desk.live} />}
        <Menu
          className="face"
          label={
            <>
              <Face name={session.name} id={session.name} />
              <span class="unseen">{say("account", { name: session.name })}</span>
            </>
          }
        >
          {() => (
            <div class="account">
              <p>
                <b>{session.name}</b>
                <span class="dim">{say(session.role)}</span>
              </p>
              <div class="account-language">
                <span>{say("language")}</span>
                <Choice
                  label={say("language")}
                  options={tags.map((value) => ({ value, label: tagNames[value] }))}
                  value={tag}
                  onChoose={onTag}
                />
              </div>
              <button type="button" class="menu-item" onClick={onSignOut}>
                {say("signOut")}
              </button>
            </div>
          )}
        </Menu>
      </div>
    </header>
  );
}

/** Whether what is seen moves by itself. */
function State({ live }: { readonly live: Live }) {
  const say = useWords(shared);
  const [state, setState] = useState<LinkState>(live.state);
  useEffect(() => {
    setState(live.state);
    return live.onState(setState);
  }, [live]);
  return (
    <span class="state-place">
      <span class="state" role="status" data-is={state}>
        {say(state)}
      </span>
      {state === "offline" && (
        <button type="button" class="button-bare" onClick={() => live.retry()}>
          {say("tryAgain")}
        </button>
      )}
    </span>
  );
}

interface StageProps {
  readonly view: View;
  readonly tenantName: string;
  /** Whether another view stood here before. */
  readonly hasStood: { current: boolean };
}

/** The view; whoever comes to it from another is told so, by focus and by the window's title. */
function Stage({ view, tenantName, hasStood }: StageProps) {
  const tag = useTag();
  const place = useRef<HTMLElement>(null);
  const title = view.title[tags.indexOf(tag)];
  useEffect(() => {
    document.title = `${title} · ${tenantName} · collabchat`;
  }, [title, tenantName]);
  useEffect(() => {
    if (hasStood.current) place.current?.focus({ preventScroll: true });
    if (hasStood.current) scrollTo(0, 0);
    hasStood.current = true;
  }, []);
  const Component = view.component;
  return (
    <main id="content" tabIndex={-1} ref={place}>
      <Component />
    </main>
  );
}

interface NowhereProps {
  readonly session: Session;
  /** Whether the tenant is one of theirs. */
  readonly isKnown: boolean;
  /** Whether the view is there for others. */
  readonly isForbidden: boolean;
}

function Nowhere({ session, isKnown, isForbidden }: NowhereProps) {
  const say = useWords(shared);
  const { tenants } = session;
  return (
    <main id="content" class="nowhere" tabIndex={-1}>
      {tenants.length === 0 ? (
        <>
          <h1>{say("noTenant")}</h1>
          <p class="dim">{say("noTenantHow")}</p>
          <Code
            title={say("onServer")}
            text='collabchat tenant create my-site --name "My site" --origin https://example.com'
          />
        </>
      ) : isKnown ? (
        <>
          <h1>{say(isForbidden ? "forbidden" : "noView")}</h1>
          <p>
            <a href="/dashboard">{say("toOverview")}</a>
          </p>
        </>
      ) : (
        <>
          <h1>{say("notYours")}</h1>
          <p class="dim">{say("notYoursHow")}</p>
          <ul>
            {tenants.map(({ id, name }) => (
              <li key={id}>
                <a href={`/dashboard/${encodeURIComponent(id)}/overview`}>{name}</a>
              </li>
            ))}
          </ul>
        </>
      )}
    </main>
  );
}
