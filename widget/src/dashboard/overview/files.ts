// What can be taken along of what is shown, as CSV and JSON. Times are UTC.
import { writeCsv, type Cell } from "../csv";
import { counters, type PageUsage, type Row, type SiteUsage } from "../wire";

const time = (at: number) => new Date(at).toISOString();

/** One row a period; the period before stands beside it. */
export function timeFile(rows: readonly Row[], before: readonly Row[] | undefined): string {
  const names = ["period", ...counters];
  const head: Cell[] = before ? [...names, ...names.map((name) => `before ${name}`)] : names;
  const cells = (row: Row | undefined): Cell[] => [
    row ? time(row.at) : null,
    ...counters.map((name) => row?.[name] ?? null),
  ];
  return writeCsv([head, ...rows.map((row, index) => [...cells(row), ...(before ? cells(before[index]) : [])])]);
}

export function pagesFile(pages: readonly PageUsage[]): string {
  const head = ["urlId", "title", "viewing", "conversations", "unresolved", "firstAnswerMs", ...counters];
  const rows = pages.map((page): Cell[] => [
    page.urlId,
    page.title,
    page.viewing,
    page.conversations,
    page.unresolved,
    page.firstAnswerMs,
    ...counters.map((name) => page[name]),
  ]);
  return writeCsv([head, ...rows]);
}

export function sitesFile(sites: readonly SiteUsage[]): string {
  return writeCsv([
    ["origin", ...counters],
    ...sites.map((site): Cell[] => [site.origin, ...counters.map((name) => site[name])]),
  ]);
}

/** Hands a file to whoever is there. */
export function save(name: string, text: string): void {
  const type = name.endsWith(".csv") ? "text/csv" : "application/json";
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Safari reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
