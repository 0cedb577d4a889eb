import { expect, test } from "vitest";
import { markOf, pack } from "../pack.mjs";

const [window, words] = ["window", "words"].map(markOf);
const code =
  `(()=>{function e(t){return t.${window}.${words}+t.v}function n(){return{v:1,${window}:{${words}:"cc-row cc-menu"}}}` +
  `var r="--cc-row:1px;.cc-row{width:var(--cc-row)}";globalThis.told=[e(n()),n(),r]})()`;

test.each([0, 40])("what is packed with %i tries does the same, by names that are nobody's", (tries) => {
  const packed = pack(code, tries);
  expect(packed).not.toMatch(/cc_|cc-row/);
  (0, eval)(packed);
  const [joined, held, sheet] = globalThis.told;
  const { v, ...ours } = held;
  const [[short, { ...inner }]] = Object.entries(ours);
  expect([v, Object.keys(ours).length, Object.keys(inner).length]).toEqual([1, 1, 1]);
  expect(short).not.toBe("v");
  const [classes] = Object.values(inner);
  // Those that tests look for keep their names.
  expect(classes).toMatch(/^[a-z]+ cc-menu$/i);
  expect(joined).toBe(`${classes}1`);
  const [row] = classes.split(" ");
  expect(sheet).toMatch(new RegExp(`^--(\\w):1px;\\.${row}\\{width:var\\(--\\1\\)\\}$`));
  expect(pack(code, tries)).toBe(packed);
});
