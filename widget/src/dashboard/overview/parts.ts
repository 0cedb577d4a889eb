// Lists that the server gives in parts. Pure; who asks the server is an argument.
import type { Answer } from "../api";
import type { Pages, PageUsage } from "../wire";

/** As many as the server gives at once. */
const partMost = 100;

/** The first `count` pages, in as many parts as it takes; the first failure ends it. */
export async function gatherPages(
  ask: (limit: number, cursor: string | undefined) => Promise<Answer<Pages>>,
  count: number,
): Promise<Answer<Pages>> {
  const pages: PageUsage[] = [];
  let cursor: string | null = null;
  do {
    const answer: Answer<Pages> = await ask(Math.min(partMost, count - pages.length), cursor ?? undefined);
    if (!answer.ok) return answer;
    pages.push(...answer.value.pages);
    cursor = answer.value.nextCursor;
  } while (cursor && pages.length < count);
  return { ok: true, value: { pages, nextCursor: cursor } };
}
