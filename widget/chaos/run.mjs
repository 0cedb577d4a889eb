// Bundles the real client with the commands of this folder, and runs it: node widget/chaos/run.mjs

import Module from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const { outputFiles } = await build({
  entryPoints: [`${here}main.mjs`],
  bundle: true,
  write: false,
  platform: "node",
  format: "cjs",
  external: ["ws"],
  logLevel: "error",
});
// Compiled as if it stood here, so that `ws` is found.
const bundle = new Module(`${here}bundle.cjs`);
bundle.filename = bundle.id;
bundle.paths = Module._nodeModulePaths(here);
bundle._compile(outputFiles[0].text, bundle.id);
