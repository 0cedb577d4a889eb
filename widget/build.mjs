// Builds the widget into src/collabchat/static: one file for a <script> tag, one module for bundlers, and the assets
// of /docs, so that nothing is ever loaded from a CDN. esbuild bundles, terser makes it smaller still.
import { build, transform } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { minify } from "terser";

const root = new URL("..", import.meta.url).pathname;
const out = `${root}src/collabchat/static`;

const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: (await transform(await readFile(path, "utf8"), { loader: "css", minify: true })).code.trim(),
      loader: "text",
    })),
};

/**
 * Properties that only we see get names of a letter or two. A name may stand here if it is in no message, no stored
 * value and no public option, and is never put together or looked up as text.
 */
const ours = [
  "discuss discussSelected fresh viewing onlyYou reconnected toSend tryNow signIn selectText editComment yourName",
  "asGuest reopen sending loading newComment notAnswered notAllowed notSignedIn notSoFast notTaken tryAgain copyText",
  "tooMany deleteComment deleteDiscussion readOnly howTo lostNote justNow minutes",
  "arrived drafts texts wasLive wish isAtEnd said isReadonly isBusy isDeleted isFull isLoaded failedBroadcastId",
  "headingOf setDark byTouch isBackward isGuest arrowAt openId lostAt liveAt wakeAt isFresh isOnline",
  "isEdited phase fromRange toRange attempt setTheme isUp setName door",
  "words chats hasSnapshot isOpen failure refusal agreement",
];
const names = ours.join(" ").replaceAll(" ", "|");

/**
 * Shortens the class names and custom properties that only we use, in scripts and styles alike: to "c0", "c1" …. Those
 * that tests look for keep theirs.
 */
function shorten(code) {
  const short = new Map();
  return code.replace(/\bcc-[a-z0-9-]+/g, (name) => {
    if (/^cc-(head|menu|new|text|question)$/.test(name)) return name;
    if (!short.has(name)) short.set(name, `c${short.size}`);
    return short.get(name);
  });
}

/** Bundles one entry point; `format` is esbuild's. */
async function bundle(entry, format, name) {
  const { outputFiles } = await build({
    entryPoints: [`${root}widget/src/${entry}`],
    bundle: true,
    write: false,
    format,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [styles],
    minify: true,
  });
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2022,
    module: true,
    compress: {
      passes: 3,
      arrows: false,
      reduce_funcs: false,
      inline: 1,
      hoist_funs: true,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      pure_getters: true,
    },
    mangle: { properties: { regex: new RegExp(`^(${names})$`) } },
  });
  await writeFile(`${out}/js/${name}`, shorten(code));
}

// What the server speaks of is not ours alone.
for (const file of (await readdir(`${root}src/collabchat`, { recursive: true })).filter((name) =>
  name.endsWith(".py"),
)) {
  const [name] = new RegExp(`["'](${names})["']`).exec(await readFile(`${root}src/collabchat/${file}`, "utf8")) ?? [];
  if (name) throw new Error(`build.mjs may not shorten ${name}: ${file} has it.`);
}

await rm(out, { recursive: true, force: true });
await mkdir(`${out}/js`, { recursive: true });
await mkdir(`${out}/docs`, { recursive: true });
await Promise.all([
  bundle("boot.ts", "iife", "embed-collab-chat.min.js"),
  bundle("index.ts", "esm", "embed-collab-chat.mjs"),
  ...["swagger-ui-bundle.js", "swagger-ui.css"].map((file) =>
    cp(`${root}node_modules/swagger-ui-dist/${file}`, `${out}/docs/${file}`),
  ),
]);
