// Writes a script so that it packs well: names that only we see get the letters, and functions the order, with which the
// packed file is smallest. Which these are is found by trying; the same code always comes out the same. By how much the
// search succeeds differs by some 60 bytes from one change of the code to the next: more `tries` make up for that.
import { parse } from "acorn";
import { gzipSync } from "node:zlib";

/** A property of ours is known by this name until it gets its letters. */
export const markOf = (property) => `cc_${property}`;

const abc = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** In the order in which terser gives them to variables: what is `e` is often followed by `.t`, whoever it is. */
const common = [..."etnrocaildsufphmwbgvxykMISCqTOAEjBLRzNDHUPFJWYGVKXQZ"];

/** What short names one of each kind may have, the best first. */
const kinds = {
  property: (code) => {
    // Those of the browser and of messages are taken.
    const foreign = code.matchAll(/(?<!\.)\.(\w{1,2})\b|[{,](\w{1,2}):/g);
    const taken = new Set([...foreign].map(([, one, other]) => one ?? other));
    const pairs = [..."et"].flatMap((second) => common.map((first) => first + second));
    return [...common, ...pairs].filter((name) => !taken.has(name));
  },
  class: () => [...abc, ...abc.map((letter) => `x${letter}`)],
  custom: () => abc.map((letter) => `--${letter}`),
};
const ours = /(?:--|\b)cc[-_][\w-]+/;
const kindOf = (name) => (name.startsWith("--") ? "custom" : name.startsWith("cc_") ? "property" : "class");

/** Tests look for these. */
const kept = new Set(["cc-head", "cc-menu", "cc-new", "cc-text", "cc-question"]);

/**
 * Shortens `cc_…` (properties), `cc-…` (classes) and `--cc-…` (custom properties), in scripts and styles alike. `tries`:
 * how many changes are tried, each kept if the file is none the larger; with some, `code` must be one function, called.
 */
export function pack(code, tries) {
  const { short, names } = shorten(code);
  let blocks = tries ? blocksOf(code) : [code];
  const [first, last] = tries ? [blocks.shift(), blocks.pop()] : ["", ""];
  const parts = new Map([first, ...blocks, last].map((block) => [block, block.split(new RegExp(`(${ours.source})`))]));
  const put = (order) =>
    [first, ...order, last]
      .map((block) =>
        parts
          .get(block)
          .map((part) => short[part] ?? part)
          .join(""),
      )
      .join("");
  const sizeOf = (order) => gzipSync(put(order), { level: 9 }).length;

  let seed = 1;
  const below = (end) => (seed = (seed * 16807) % 2147483647) % end;
  let size = sizeOf(blocks);
  for (let at = 0; at < tries; at++) {
    // By turns: two names of a kind are exchanged, one or more functions stand elsewhere.
    const order = [...blocks];
    const one = names[below(names.length)];
    const others = names.filter((name) => kindOf(name) === kindOf(one));
    const other = others[below(others.length)];
    const swap = () => ([short[one], short[other]] = [short[other], short[one]]);
    if (at % 2) swap();
    else {
      const some = order.splice(below(order.length), [1, 1, 2, 4, 8][below(5)]);
      order.splice(below(order.length + 1), 0, ...some);
    }
    const now = sizeOf(order);
    if (now <= size) [blocks, size] = [order, now];
    else if (at % 2) swap();
  }
  return put(blocks);
}

/** What is before the functions, each of them, and what is after: wherever they stand, they are there from the start. */
function blocksOf(code) {
  const [{ expression }] = parse(code, { ecmaVersion: 2022 }).body;
  const functions = expression.callee.body.body.filter(({ type }) => type === "FunctionDeclaration");
  const edges = [0, ...functions.map(({ start }) => start), functions.at(-1).end, code.length];
  return edges.slice(1).map((end, at) => code.slice(edges[at], end));
}

/** The first short names, by name, and all names. */
function shorten(code) {
  const uses = {};
  for (const [name] of code.matchAll(new RegExp(ours, "g"))) if (!kept.has(name)) uses[name] = (uses[name] ?? 0) + 1;
  const names = Object.keys(uses).sort((one, other) => uses[other] - uses[one]);
  const short = Object.create(null);
  for (const [kind, choose] of Object.entries(kinds)) {
    const free = choose(code);
    for (const name of names) if (kindOf(name) === kind) short[name] = free.shift();
  }
  return { short, names };
}
