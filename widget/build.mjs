// Builds the widget into src/collabchat/static: one file for a <script> tag, one module for bundlers, and the assets
// of /docs, so that nothing is ever loaded from a CDN. esbuild bundles, terser makes it smaller still.
import { build, transform } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
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
  });
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2022,
    module: true,
    compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
  });
  await writeFile(`${out}/js/${name}`, code);
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
