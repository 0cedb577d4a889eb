// Fails when all JavaScript and CSS that a page can load for one locale exceeds the budget of CONTRACT §6.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const budget = 25 * 1024;
const file = new URL("../src/collabchat/static/js/embed-collab-chat.min.js", import.meta.url);
const size = gzipSync(await readFile(file), { level: 9 }).length;
console.log(`widget: ${size} of ${budget} bytes gzip`);
if (size > budget) {
  console.error(`The widget is ${size - budget} bytes over its budget; see what grew before raising anything.`);
  process.exit(1);
}
