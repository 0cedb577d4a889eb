import { expect, test } from "vitest";
import type { Answer, Failure } from "../../src/dashboard/api";
import { gatherPages } from "../../src/dashboard/overview/parts";
import type { Pages, PageUsage } from "../../src/dashboard/wire";

/** A server with so many pages. */
function serve(total: number) {
  const asked: (readonly [limit: number, cursor: string | undefined])[] = [];
  const ask = (limit: number, cursor: string | undefined): Promise<Answer<Pages>> => {
    asked.push([limit, cursor]);
    const from = Number(cursor ?? 0);
    const length = Math.min(limit, total - from);
    const pages = Array.from({ length }, (_, index) => ({ urlId: `${from + index}` }) as PageUsage);
    return Promise.resolve({
      ok: true,
      value: { pages, nextCursor: from + length < total ? `${from + length}` : null },
    });
  };
  return { asked, ask };
}

test("more pages than the server gives at once come in parts, each once and in order", async () => {
  const { asked, ask } = serve(1_000);
  const answer = await gatherPages(ask, 220);
  if (!answer.ok) return expect.fail();
  expect(answer.value.pages.map(({ urlId }) => urlId)).toEqual(Array.from({ length: 220 }, (_, index) => `${index}`));
  expect(answer.value.nextCursor).toBe("220");
  expect(asked).toEqual([
    [100, undefined],
    [100, "100"],
    [20, "200"],
  ]);
});

test("where there are no more, nothing more is asked for", async () => {
  const { asked, ask } = serve(104);
  const answer = await gatherPages(ask, 300);
  expect(answer).toMatchObject({ ok: true, value: { pages: { length: 104 }, nextCursor: null } });
  expect(asked).toHaveLength(2);
});

test("a part that does not come is a failure of the whole", async () => {
  const failure: Failure = { ok: false, status: 0, code: "unreachable", reason: "", body: {} };
  const { ask } = serve(500);
  const answer = await gatherPages((limit, cursor) => (cursor ? Promise.resolve(failure) : ask(limit, cursor)), 200);
  expect(answer).toBe(failure);
});
