import { expect, test } from "vitest";
import { parseMarkup, type Markup, type MarkupElement } from "../src/core/markup";

const textOf = (tree: readonly Markup[]): string =>
  tree.map((part) => (typeof part === "string" ? part : textOf(part.children))).join("");

test("allowed tags become a tree, br has no children", () => {
  expect(parseMarkup("<li>a <b>bold</b><br>c</li>")).toEqual([
    {
      tag: "li",
      props: {},
      children: ["a ", { tag: "b", props: {}, children: ["bold"] }, { tag: "br", props: {}, children: [] }, "c"],
    },
  ]);
});

test("unknown tags are dropped to their text, and attributes vanish", () => {
  const tree = parseMarkup('<li onclick="x()">a<img src=x onerror="alert(1)"><script>b</script><style>c</style></li>');
  expect(tree).toEqual([{ tag: "li", props: {}, children: ["a", "b", "c"] }]);
});

test("only http, https and mailto links keep their href", () => {
  const hrefs = [
    "https://a.example/?x=1&amp;y=2",
    "mailto:a@b.example",
    "javascript:alert(1)",
    " java\nscript:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
  ].map((href) => (parseMarkup(`<a rel="x" href="${href}">x</a>`)[0] as MarkupElement).props["href"]);
  expect(hrefs).toEqual(["https://a.example/?x=1&y=2", "mailto:a@b.example", ...Array(5).fill(undefined)]);
});

test("entities are decoded once and never open a tag", () => {
  expect(parseMarkup("&lt;b&gt; &amp;lt; &quot;a&quot; &nope; &")).toEqual(['<b> &lt; "a" &nope; &']);
  expect(parseMarkup("&constructor; &amp;constructor;")).toEqual(["&constructor; &constructor;"]);
});

test("broken markup keeps its text: open elements, stray ends, lone brackets", () => {
  expect(textOf(parseMarkup("<ul><li>a<li>b</i></ul> 1 < 2 </p><em>c"))).toBe("ab 1 < 2 c");
});

test("nesting is bounded, and the text survives it", () => {
  const deep = "<b>".repeat(50_000) + "x" + "</b>".repeat(50_000);
  const depthOf = (tree: readonly Markup[]): number =>
    Math.max(0, ...tree.map((part) => (typeof part === "string" ? 0 : 1 + depthOf(part.children))));
  expect(depthOf(parseMarkup(deep))).toBe(20);
  expect(textOf(parseMarkup(deep))).toBe("x");
});
