// Gives the names that only we see the letters with which the packed file is smallest: those that are used most get one,
// the others two, and which of them gets which is found by trying. The same code always gets the same names.
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
    const taken = new Set(
      [...code.matchAll(/(?<!\.)\.(\w{1,2})\b|[{,](\w{1,2}):/g)].flatMap(([, one, other]) => one ?? other),
    );
    const pairs = [..."et"].flatMap((second) => common.map((first) => first + second));
    return [...common, ...pairs].filter((name) => !taken.has(name));
  },
  class: () => [...abc, ...abc.map((letter) => `x${letter}`)],
  custom: () => abc.map((letter) => `--${letter}`),
};
const kindOf = (name) => (name.startsWith("--") ? "custom" : name.startsWith("cc_") ? "property" : "class");

/** Tests look for these. */
const kept = new Set(["cc-head", "cc-menu", "cc-new", "cc-text", "cc-question"]);

/**
 * Shortens `cc_…` (properties), `cc-…` (classes) and `--cc-…` (custom properties), in scripts and styles alike. `tries`:
 * how often two of a kind change names, for good if the file is none the larger.
 */
export function shorten(code, tries) {
  const parts = code.split(/((?:--|\b)cc[-_][\w-]+)/);
  const uses = {};
  parts.forEach((part, at) => at % 2 && !kept.has(part) && (uses[part] = (uses[part] ?? 0) + 1));
  const names = Object.keys(uses).sort((one, other) => uses[other] - uses[one]);
  const short = Object.create(null);
  for (const [kind, choose] of Object.entries(kinds)) {
    const free = choose(code);
    for (const name of names) if (kindOf(name) === kind) short[name] = free.shift();
  }

  const put = () => parts.map((part) => short[part] ?? part).join("");
  const swap = (one, other) => ([short[one], short[other]] = [short[other], short[one]]);
  let size = gzipSync(put(), { level: 9 }).length;
  let seed = 1;
  const any = (list) => list[(seed = (seed * 16807) % 2147483647) % list.length];
  for (let at = 0; at < tries; at++) {
    const one = any(names);
    const other = any(names.filter((name) => kindOf(name) === kindOf(one)));
    swap(one, other);
    const now = gzipSync(put(), { level: 9 }).length;
    if (now > size) swap(one, other);
    else size = now;
  }
  return put();
}
