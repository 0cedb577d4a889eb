// Builds the widget into src/collabchat/static: one file for a <script> tag, one module for bundlers, each locale's words,
// the dashboard, and the assets of /docs, so that nothing is ever loaded from a CDN. esbuild bundles, terser makes the
// widget smaller still.
import { createHash } from "node:crypto";
import { build, transform } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { minify } from "terser";
import { markOf, pack } from "./pack.mjs";

const root = new URL("..", import.meta.url).pathname;
const out = `${root}src/collabchat/static`;

const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: (await transform(await readFile(path, "utf8"), { loader: "css", minify: true })).code
        .trim()
        // esbuild leaves custom properties as they are.
        .replace(/(--[\w-]+:) /g, "$1")
        .replaceAll(", #", ",#"),
      loader: "text",
    })),
};

const { locales, table } = await load("widget/src/locales/words.ts");
const places = Object.keys(table);
/** Changes with the words, so that no browser's cache brings back old ones. */
const version = createHash("sha256").update(JSON.stringify(table)).digest("hex").slice(0, 4);

/** Runs a module that imports nothing. */
async function load(path) {
  const { code } = await transform(await readFile(root + path, "utf8"), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Words are looked up by their place in the table: `words.reply` becomes `words[17]`. */
const placeWords = (path, code) =>
  code.replace(".json`", `.json?${version}\``).replace(/\bwords\.([a-z]\w*)/gi, (_, name) => {
    if (!places.includes(name)) throw new Error(`${path}: words.ts has no ${name}.`);
    return `words[${places.indexOf(name)}]`;
  });

/** Numbers stand where they are used, without the names that a file gives them. */
const placeNumbers = (code) =>
  [...code.matchAll(/^const (\w+) = ([\d._]+);\n/gm)].reduce(
    (rest, [line, name, value]) => rest.replace(line, "").replace(new RegExp(`\\b${name}\\b`, "g"), value),
    code,
  );

const sources = {
  name: "sources",
  setup: ({ onLoad }) =>
    onLoad({ filter: /src\/.*\.tsx?$/ }, async ({ path }) => {
      const code = placeNumbers(await readFile(path, "utf8"));
      const contents = /src\/(view|locales)/.test(path) ? placeWords(path, code) : code;
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    }),
};

/**
 * Properties that only we see get names of a letter or two. A name may stand here if it is in no message, no stored
 * value and no public option, and is never put together or looked up as text.
 */
const ours = [
  "arrived drafts texts wasLive wish isAtEnd said isReadonly isBusy isDeleted isFull isLoaded",
  "headingOf setDark byTouch isBackward arrowAt openId lostAt liveAt wakeAt isFresh isOnline",
  "isEdited isHeld phase fromRange toRange attempt isUp setName door",
  "words chats hasSnapshot isOpen refusal agreement children found refresh",
  "subscribe changed model paint discard selected leader maxHeight sourceText sync about",
  "window view client props revive hasToken hiddenAt byeMs fromMs toMs since feed tell say adopt ask call",
  "madeName madeProps isLive retry reconnect author",
  "isKnown missing unsettled node show ahead loading link typing toSend failedBroadcastId list count head root time tag leave until http",
].flatMap((line) => line.split(" "));
const names = new RegExp(`^(${ours.join("|")})$`);

/** Bundles one entry point; `format` is esbuild's, `tries` pack's. */
async function bundle(entry, format, name, tries) {
  const marks = new Map(ours.map((property) => [property, markOf(property)]));
  const { outputFiles } = await build({
    entryPoints: [`${root}widget/src/${entry}`],
    bundle: true,
    write: false,
    format,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [styles, sources],
    minify: true,
  });
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2022,
    module: true,
    compress: {
      passes: 3,
      arrows: false,
      reduce_funcs: false,
      reduce_vars: false,
      lhs_constants: false,
      inline: 1,
      hoist_funs: true,
      unsafe: true,
      unsafe_arrows: true,
      pure_getters: true,
    },
    mangle: { properties: { builtins: true, regex: names, cache: { props: marks } } },
  });
  await writeFile(`${out}/js/${name}`, pack(code, tries));
}

/** The dashboard: Preact as it is, no names shortened, and no budget. Views bring their styles along. */
async function buildDashboard() {
  await build({
    entryPoints: { dashboard: `${root}widget/src/dashboard/main.tsx` },
    bundle: true,
    outdir: `${out}/dashboard`,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
    minify: true,
  });
  await cp(`${root}widget/src/dashboard/styles/icon.svg`, `${out}/dashboard/icon.svg`);
}

// What the protocol speaks of is not ours alone.
for (const file of await readdir(`${root}protocol/schema`))
  JSON.parse(await readFile(`${root}protocol/schema/${file}`, "utf8"), (key, value) => {
    const shared = key === "properties" && Object.keys(value).find((name) => names.test(name));
    if (shared) throw new Error(`build.mjs may not shorten ${shared}: ${file} has it.`);
    return value;
  });

await rm(out, { recursive: true, force: true });
await mkdir(`${out}/js/locales`, { recursive: true });
await mkdir(`${out}/docs`, { recursive: true });
await Promise.all([
  bundle("boot.ts", "iife", "embed-collab-chat.min.js", 3000),
  bundle("index.ts", "esm", "embed-collab-chat.mjs", 0),
  buildDashboard(),
  ...locales.map((locale, column) =>
    writeFile(`${out}/js/locales/${locale}.json`, JSON.stringify(places.map((name) => table[name][column]))),
  ),
  ...["swagger-ui-bundle.js", "swagger-ui.css"].map((file) =>
    cp(`${root}node_modules/swagger-ui-dist/${file}`, `${out}/docs/${file}`),
  ),
]);
