// Fails when all JavaScript and CSS that a page can load for one locale, its words included, exceeds the budget.
import { readFile, readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const budget = 25 * 1024;
const folder = new URL("../src/collabchat/static/js/", import.meta.url);
const sizeOf = async (name) => gzipSync(await readFile(new URL(name, folder)), { level: 9 }).length;

const script = await sizeOf("embed-collab-chat.min.js");
for (const file of await readdir(new URL("locales", folder))) {
  const words = await sizeOf(`locales/${file}`);
  const size = script + words;
  console.log(`widget, ${file}: ${size} of ${budget} bytes gzip (script ${script}, words ${words})`);
  if (size > budget) {
    console.error(`The widget is ${size - budget} bytes over its budget; see what grew before raising anything.`);
    process.exitCode = 1;
  }
}
