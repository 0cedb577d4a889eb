// Which pages and which sites are used most.
import { useNumbers, useWords } from "../desk";
import { Link } from "../parts/link";
import type { PageUsage, SiteUsage } from "../wire";
import type { Choose } from "./choices";
import { overviewWords } from "./words";

interface PagesProps {
  readonly pages: readonly PageUsage[];
  /** What of the choices goes along to a page. */
  readonly query: Readonly<Record<string, string>>;
  /** Whether those who view are those of now. */
  readonly isKnown: boolean;
  readonly onMore: (() => void) | undefined;
}

export function BusiestPages({ pages, query, isKnown, onMore }: PagesProps) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  const most = Math.max(1, ...pages.map((page) => page.pubSubMessageCount));
  return (
    <section class="tables" aria-labelledby="busiest">
      <h2 id="busiest">{say("busiest")}</h2>
      {pages.length === 0 ? (
        <p class="dim">{say("noPages")}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{say("page")}</th>
              <th scope="col" class="number">
                {say("viewing")}
              </th>
              <th scope="col" class="number optional">
                {say("discussions")}
              </th>
              <th scope="col" class="number optional">
                {say("unresolved")}
              </th>
              <th scope="col" class="number optional">
                {say("firstAnswer")}
              </th>
              <th scope="col" class="number">
                {say("messagesShort")}
              </th>
              <th scope="col" class="number optional">
                {say("bandwidth")}
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.map((page) => (
              <tr key={page.urlId}>
                <th scope="row">
                  <Link to={{ view: "page", query: { ...query, urlId: page.urlId } }}>{page.title || page.urlId}</Link>
                  {page.title && <span class="small">{page.urlId}</span>}
                </th>
                <td class="number">{isKnown ? numbers.count(page.viewing) : "–"}</td>
                <td class="number optional">{numbers.count(page.conversations)}</td>
                <td class="number optional">{numbers.count(page.unresolved)}</td>
                <td class="number optional">
                  {page.firstAnswerMs === null ? "–" : numbers.duration(page.firstAnswerMs)}
                </td>
                <td class="number">
                  <span
                    class="in-bar optional"
                    style={{ inlineSize: `${(page.pubSubMessageCount / most) * 72}px` }}
                    aria-hidden="true"
                  />
                  {numbers.count(page.pubSubMessageCount)}
                </td>
                <td class="number optional">{numbers.bytes(page.pubSubBandwidth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {onMore && (
        <button type="button" class="button-bare more" onClick={onMore}>
          {say("morePages")}
        </button>
      )}
    </section>
  );
}

interface SitesProps {
  readonly sites: readonly SiteUsage[];
  readonly chosen: string | undefined;
  readonly choose: Choose;
}

export function BySite({ sites, chosen, choose }: SitesProps) {
  const say = useWords(overviewWords);
  const numbers = useNumbers();
  return (
    <section class="tables" aria-labelledby="sites">
      <h2 id="sites">{say("bySite")}</h2>
      {sites.length === 0 ? (
        <p class="dim">{say("noSites")}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{say("site")}</th>
              <th scope="col" class="number optional">
                {say("pageLoads")}
              </th>
              <th scope="col" class="number optional">
                {say("comments")}
              </th>
              <th scope="col" class="number optional">
                {say("peak")}
              </th>
              <th scope="col" class="number">
                {say("messagesShort")}
              </th>
              <th scope="col" class="number">
                {say("bandwidth")}
              </th>
            </tr>
          </thead>
          <tbody>
            {sites.map((site) => (
              <tr key={site.origin} data-chosen={site.origin === chosen ? "" : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    class="as-link"
                    aria-pressed={site.origin === chosen}
                    onClick={() => choose({ site: site.origin === chosen ? undefined : site.origin || "-" })}
                  >
                    {site.origin.replace(/^https?:\/\//, "") || say("unknownSite")}
                  </button>
                </th>
                <td class="number optional">{numbers.count(site.pageLoadCount)}</td>
                <td class="number optional">{numbers.count(site.commentCreateCount)}</td>
                <td class="number optional">{numbers.count(site.peakConcurrentViewers)}</td>
                <td class="number">{numbers.count(site.pubSubMessageCount)}</td>
                <td class="number">{numbers.bytes(site.pubSubBandwidth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
