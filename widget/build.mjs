// Builds the widget into src/collabchat/static: one file for a <script> tag, one module for bundlers, and the
// assets of /docs, so that nothing is ever loaded from a CDN.
import { build } from "esbuild";
import { cp, mkdir, rm } from "node:fs/promises";

const root = new URL("..", import.meta.url).pathname;
const out = `${root}src/collabchat/static`;

await rm(out, { recursive: true, force: true });
await mkdir(`${out}/docs`, { recursive: true });

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

await Promise.all([
  build({
    ...shared,
    entryPoints: [`${root}widget/src/boot.ts`],
    format: "iife",
    outfile: `${out}/js/embed-collab-chat.min.js`,
  }),
  build({
    ...shared,
    entryPoints: [`${root}widget/src/index.ts`],
    format: "esm",
    outfile: `${out}/js/embed-collab-chat.mjs`,
  }),
  ...["swagger-ui-bundle.js", "swagger-ui.css"].map((file) =>
    cp(`${root}node_modules/swagger-ui-dist/${file}`, `${out}/docs/${file}`),
  ),
]);
