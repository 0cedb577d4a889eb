import { expect, test } from "vitest";
import { parseMarkup, type Markup } from "../src/core/markup";

const textOf = (tree: readonly Markup[]): string =>
  tree.map((part) => (typeof part === "string" ? part : textOf(part.children))).join("");

test("allowed tags become a tree, br has no children", () => {
  expect(parseMarkup("<p>a <b>bold</b><br/>c</p>")).toEqual([
    {
      tag: "p",
      children: ["a ", { tag: "b", children: ["bold"] }, { tag: "br", children: [] }, "c"],
    },
  ]);
});

test("unknown tags are dropped to their text, attributes and comments vanish", () => {
  const tree = parseMarkup('<p onclick="x()">a<img src=x onerror="alert(1)"><blink>b</blink><!-- no -->c</p>');
  expect(tree).toEqual([{ tag: "p", children: ["abc"] }]);
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
  ].map((href) => (parseMarkup(`<a href="${href}">x</a>`)[0] as { href?: string }).href);
  expect(hrefs).toEqual(["https://a.example/?x=1&y=2", "mailto:a@b.example", ...Array(5).fill(undefined)]);
});

test("entities are decoded once and never open a tag", () => {
  expect(parseMarkup("&lt;b&gt; &amp;lt; &#x41;&#66; &nope; &#0; &")).toEqual(["<b> &lt; AB &nope; &#0; &"]);
});

test("broken markup keeps its text: open elements, stray ends, lone brackets", () => {
  expect(textOf(parseMarkup("<ul><li>a<li>b</i></ul> 1 < 2 </p><em>c"))).toBe("ab 1 < 2 c");
});

test("a quoted bracket does not end the tag", () => {
  expect(parseMarkup('<a title=">" href="https://a.example">x</a>')).toEqual([
    { tag: "a", href: "https://a.example", children: ["x"] },
  ]);
});

test("nesting is bounded, the text survives it, and the time is linear", () => {
  const deep = "<b>".repeat(50_000) + "x" + "</b>".repeat(50_000);
  const depthOf = (tree: readonly Markup[]): number =>
    Math.max(0, ...tree.map((part) => (typeof part === "string" ? 0 : 1 + depthOf(part.children))));
  expect(depthOf(parseMarkup(deep))).toBe(20);
  expect(textOf(parseMarkup(deep))).toBe("x");
  const start = performance.now();
  parseMarkup("<a ".repeat(20_000) + "<!--".repeat(20_000) + '<a "'.repeat(20_000));
  expect(performance.now() - start).toBeLessThan(2000);
});
