// Puts the page together in dist/public: its modules and what they import as one file, and the other files of web/.
import { cpSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { rollup, watch as rollupWatch } from "@rollup/wasm-node";

const page = {
  input: "dist/page/web/main.js",
  plugins: [nodeResolve({ browser: true })],
  output: { file: "dist/public/main.js", format: "es" },
  onLog(level, log, print) {
    if (!(log.id ?? log.ids?.[0] ?? "").includes("node_modules")) print(level, log);
  },
};

function copy() {
  for (const file of readdirSync("web").filter((name) => !/\.(ts|json)$/.test(name))) {
    cpSync(join("web", file), join("dist/public", file));
  }
}

if (process.argv.includes("--watch")) {
  rollupWatch(page).on("event", ({ code, error }) => code === "ERROR" && console.error(error.message));
  watch("web", copy);
} else {
  await (await rollup(page)).write(page.output);
  copy();
}
