// `npm start` and the other scripts come here first: it checks Node, installs what the lock
// names and builds, each only where something changed, and then does what it was asked for.
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [task = "start", ...args] = process.argv.slice(2);
const web = existsSync("web");

// Until the server listens for signals itself, one ends this and what it runs: nothing is lost by that.
const running = new Set();
let ended = false;
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    ended = true;
    for (const child of running) child.kill(signal);
    if (running.size === 0) end();
  });
}

const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
const [major, minor] = engines.node.match(/\d+/g).map(Number);
const [nodeMajor, nodeMinor] = process.versions.node.split(".").map(Number);
if (nodeMajor < major || (nodeMajor === major && nodeMinor < minor)) {
  fail(`this needs Node ${major}.${minor} or newer, and here is ${process.versions.node}: see https://nodejs.org`);
}

if (newer("package-lock.json", "node_modules/.package-lock.json")) {
  say("installing what package-lock.json names");
  await install();
}

const tasks = {
  start: serve,
  build,
  dev,
  test: async () => {
    await build();
    const named = args.some((arg) => arg.endsWith(".js"));
    const files = named ? [] : filesIn("dist").filter((file) => file.endsWith(".test.js"));
    await run("node", "--enable-source-maps", "--test", "--test-force-exit", ...args, ...files);
  },
  check: async () => {
    await build();
    await run("node", "node_modules/eslint/bin/eslint.js", ".");
    await run("node", "node_modules/prettier/bin/prettier.cjs", "--check", ".", "!drizzle", "!.scaffold", "!**/*.md");
  },
  migrate: serve,
};
if (!Object.hasOwn(tasks, task)) fail(`there is no task ${task}: ${Object.keys(tasks).join(", ")}`);
await tasks[task]();

/** The development dependencies too, whatever NODE_ENV says: the build needs them. */
async function install() {
  const code = await exitOf("npm", "ci", "--no-audit", "--include=dev");
  if (code === "ENOENT") fail("npm is not to be found: it comes with Node, put it on the PATH");
  if (code !== 0) fail("npm ci did not succeed: is the registry that `npm config get registry` names within reach?");
}

/** Runs src/main.ts in this process, so that signals and the exit code are the server's own. */
async function serve() {
  await build();
  process.setSourceMapsEnabled(true);
  if (existsSync(".env")) process.loadEnvFile(".env");
  await import(pathToFileURL("dist/src/main.js"));
}

/** Compiles the server into dist/ and bundles the page into dist/public, unless that is newer than all it is made from. */
async function build() {
  const sources = ["src", "test", "web", "tsconfig.json", "package-lock.json", "scripts"];
  if (!sources.some((source) => newer(source, "dist/.built"))) return;
  say("building");
  rmSync("dist", { recursive: true, force: true });
  await Promise.all([tsc("."), web && tsc("web")]);
  if (web) await bundle();
  writeFileSync("dist/.built", "");
}

/** Rebuilds and restarts on each change. */
async function dev() {
  await build();
  const env = existsSync(".env") ? ["--env-file=.env"] : [];
  const watchers = [tsc(".", "--watch", "--preserveWatchOutput")];
  if (web) {
    watchers.push(tsc("web", "--watch", "--preserveWatchOutput"));
    for (const directory of ["web", "dist/page"]) watch(directory, { recursive: true }, debounce(bundle));
  }
  watchers.push(run("node", ...env, "--enable-source-maps", "--watch", "--watch-preserve-output", "dist/src/main.js"));
  await Promise.race(watchers);
}

async function bundle() {
  const { rollup } = await import("@rollup/wasm-node");
  const { nodeResolve } = await import("@rollup/plugin-node-resolve");
  const onLog = (level, log, print) => {
    if (!(log.id ?? log.ids?.[0] ?? "").includes("node_modules")) print(level, log);
  };
  const result = await rollup({
    onLog,
    input: "dist/page/web/main.js",
    plugins: [nodeResolve({ browser: true })],
  });
  await result.write({ file: "dist/public/main.js", format: "es" });
  for (const file of readdirSync("web").filter((name) => !/\.(ts|json)$/.test(name))) {
    cpSync(join("web", file), join("dist/public", file));
  }
}

function tsc(project, ...flags) {
  return run("node", "node_modules/typescript/bin/tsc", "-p", project, ...flags);
}

/** Runs a command to its end; its failure is this process's. */
async function run(...command) {
  const code = await exitOf(...command);
  if (code !== 0) process.exit(Number(code) || 1);
}

/** The exit code of a command, or why it could not be run. */
function exitOf(command, ...parameters) {
  const program = command === "node" ? process.execPath : command;
  const shell = command === "npm" && process.platform === "win32";
  const child = spawn(program, parameters, { stdio: "inherit", shell });
  running.add(child);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.code));
    child.on("close", (code) => {
      running.delete(child);
      if (!ended) resolve(code ?? 1);
      else if (running.size === 0) end();
    });
  });
}

function end() {
  process.exit(task === "start" || task === "dev" ? 0 : 1);
}

/** Whether a file, or any file in a directory, is newer than `than`, or `than` is not there. */
function newer(source, than) {
  if (!existsSync(source)) return false;
  if (!existsSync(than)) return true;
  const limit = statSync(than).mtimeMs;
  return [source, ...filesIn(source)].some((file) => statSync(file).mtimeMs > limit);
}

function filesIn(directory) {
  if (!statSync(directory).isDirectory()) return [];
  return readdirSync(directory, { recursive: true }).map((file) => join(directory, file));
}

function debounce(task) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => task().catch((error) => say(error.message)), 100);
  };
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
