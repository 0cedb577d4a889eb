import { expect, test } from "vitest";
import { writeCsv } from "../../src/dashboard/csv";
import { nothing } from "../../src/dashboard/overview/counts";
import { pagesFile, timeFile } from "../../src/dashboard/overview/files";

const line = (...cells: Parameters<typeof writeCsv>[0][number]) => writeCsv([cells]).slice(1);

test("begins with a byte order mark and ends each row with CRLF", () => {
  expect(
    writeCsv([
      ["a", 1],
      [null, 2.5],
    ]),
  ).toBe("\ufeffa,1\r\n,2.5\r\n");
});

test("quotes what would fall apart, and doubles quotes within", () => {
  expect(line("a,b", 'say "hi"', "two\nlines", " kept ")).toBe('"a,b","say ""hi""","two\nlines"," kept "\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")", "|cmd", " =1"])(
  "no text is a formula: %j",
  (text) => expect(line(text)).toMatch(/^"?'/),
); // prettier-ignore

test("numbers stay numbers, those below nothing, too", () => {
  expect(line(-5, 1e15)).toBe("-5,1000000000000000\r\n");
});

test("a title that is a formula is harmless in the file of pages", () => {
  const page = {
    urlId: "/x",
    title: '=cmd|"/c calc"!A0',
    viewing: 0,
    conversations: 0,
    unresolved: 0,
    firstAnswerMs: null,
  };
  expect(pagesFile([{ ...nothing, ...page }])).toContain(`"'=cmd|""/c calc""!A0"`);
});

test("the period before stands beside each row", () => {
  const row = (at: number, messages: number) => ({ ...nothing, at, pubSubMessageCount: messages });
  const [head, first] = timeFile([row(Date.UTC(2026, 0, 2), 7)], [row(Date.UTC(2026, 0, 1), 5)]).split("\r\n");
  expect(head?.split(",")).toHaveLength(24);
  expect(first).toMatch(/^2026-01-02T00:00:00.000Z,.*,2026-01-01T00:00:00.000Z,/);
  expect(first?.split(",").filter((cell) => cell === "7" || cell === "5")).toEqual(["7", "5"]);
});
