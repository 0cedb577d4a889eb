// @vitest-environment jsdom
/// <reference types="vite/client" />
import { describe, expect, test } from "vitest";
import vectors from "../../protocol/text-model.jsonl?raw";
import { describeRange, readText } from "../src/page/text-model";
import { seeded } from "./seeded";

function contain(html: string): HTMLElement {
  document.body.innerHTML = `<p>before</p><article>${html}</article><p>after</p>`;
  return document.querySelector("article") as HTMLElement;
}

function rangeOf(start: Node, startOffset: number, end: Node, endOffset: number): Range {
  const range = document.createRange();
  range.setStart(start, startOffset);
  range.setEnd(end, endOffset);
  return range;
}

describe("the shared vectors", () => {
  for (const line of vectors.trim().split("\n")) {
    const { given, then } = JSON.parse(line) as { given: string; then: string };
    test(JSON.stringify(given), () => expect(readText(contain(given)).text).toBe(then));
  }
});

const page = `
  <h1>Universal   Declaration</h1>
  <p>Whereas recognition of the <b>inherent </b>
     dignity <i> and</i> of<script>no()</script> the <span hidden>not </span>equal</p>
  <ul><li>born free</li><li data-collabchat-ignore>ours</li><li>and equal</li></ul>
  <pre>def f(x):
      return  x

  # end</pre>
  <p>Жодна&nbsp;людина<br>🙂 не повинна</p>`;

test("offsets to a range and back are the same offsets without white space at the ends", () => {
  const container = contain(page);
  const model = readText(container);
  for (let start = 0; start < model.text.length; start++) {
    for (let end = start + 1; end <= model.text.length; end++) {
      const words = model.text.slice(start, end);
      const trimmed = words.trim();
      if (!trimmed) continue;
      const from = start + words.length - words.trimStart().length;
      expect(model.fromRange(model.toRange(start, end))).toEqual({ start: from, end: from + trimmed.length });
    }
  }
});

test("a range made from offsets reads as the text does", () => {
  const model = readText(contain(page));
  const start = model.text.indexOf("inherent");
  const range = model.toRange(start, model.text.indexOf(" of the equal"));
  expect(range.toString().replace(/\s+/g, " ")).toBe("inherent dignity and");
});

test("any DOM range, however odd, gives trimmed offsets of text inside it, or nothing", () => {
  const container = contain(page);
  const model = readText(container);
  const nodes: Node[] = [];
  const walker = document.createTreeWalker(document.body);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) nodes.push(node);
  const random = seeded(7);
  const randomPoint = (): [Node, number] => {
    const node = nodes[random(nodes.length)] as Node;
    return [node, random(1 + (node instanceof Text ? node.length : node.childNodes.length))];
  };
  for (let round = 0; round < 2000; round++) {
    const range = rangeOf(...randomPoint(), document.body, 0);
    range.setStart(...randomPoint());
    const [node, offset] = randomPoint();
    if (range.comparePoint(node, offset) < 0) range.setStart(node, offset);
    else range.setEnd(node, offset);
    const offsets = model.fromRange(range);
    if (!offsets) continue;
    const words = model.text.slice(offsets.start, offsets.end);
    expect(words).toBe(words.trim());
    const back = model.toRange(offsets.start, offsets.end);
    expect(range.comparePoint(back.startContainer, back.startOffset)).toBe(0);
    expect(range.comparePoint(back.endContainer, back.endOffset)).toBe(0);
  }
});

test("a selection that leaves the container is clipped to it", () => {
  const container = contain("<p>one two</p>");
  const model = readText(container);
  const [before, after] = [container.previousSibling as Node, container.nextSibling as Node];
  expect(model.fromRange(rangeOf(before, 0, after, 1))).toEqual({ start: 0, end: 7 });
  expect(model.fromRange(rangeOf(before, 0, before, 1))).toBeUndefined();
  expect(model.fromRange(rangeOf(after, 0, after, 1))).toBeUndefined();
});

test("a selection of nothing but white space or ignored text is none", () => {
  const container = contain("<p>one</p> \n <p data-collabchat-ignore>ours</p>");
  const model = readText(container);
  expect(model.fromRange(rangeOf(container, 1, container, 2))).toBeUndefined();
  expect(model.fromRange(rangeOf(container, 2, container, 3))).toBeUndefined();
});

test("a triple click, which ends at the start of the next paragraph, means its own", () => {
  const container = contain("<p>one two</p><p>three</p>");
  const [first, second] = Array.from(container.children) as [Element, Element];
  expect(readText(container).fromRange(rangeOf(first.firstChild as Text, 0, second, 0))).toEqual({ start: 0, end: 7 });
});

test("text that the page has shortened since is taken to its end", () => {
  const container = contain("<p>one two</p>");
  const model = readText(container);
  (container.querySelector("p")?.firstChild as Text).data = "one";
  expect(model.toRange(0, 7).toString()).toBe("one");
});

test("a range over nodes that the page has replaced since gives nothing, and does not throw", () => {
  const container = contain("<p>one</p><p>two</p>");
  const model = readText(container);
  container.innerHTML = "<p>one</p><p>two</p>";
  expect(model.fromRange(rangeOf(container, 0, container, 2))).toBeUndefined();
});

describe("older clients' fields", () => {
  const grammar = /^[^,]+,[^,{]+(\{[^}]+\})?$/;

  test("are rangy's path:offset pairs, and a selector of the innermost element", () => {
    const container = contain("<p>one</p><section><p>two</p><p>three <b>four</b></p></section>");
    const model = readText(container);
    const { selector, range } = describeRange(container, model.toRange(8, 18));
    expect(range).toMatch(grammar);
    expect(range).toBe("0/1/1:0,0/1/1/1:4");
    expect(selector).toBe("p");
  });

  test("name the container itself where the range spans its children", () => {
    const container = contain("<p>one</p><p>two</p>");
    expect(describeRange(container, readText(container).toRange(0, 7)).selector).toBe("article");
  });
});
