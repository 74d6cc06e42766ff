// `npm start` and the other scripts come here first: it checks Node, installs what the lock names and builds, each only
// where something changed, and then does what it was asked for. It uses nothing but Node, because it installs the rest.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const [task = "start", ...args] = process.argv.slice(2);
const tools = {
  eslint: "node_modules/eslint/bin/eslint.js",
  prettier: "node_modules/prettier/bin/prettier.cjs",
  tsc: "node_modules/typescript/bin/tsc",
};
const formatted = [".", "!.scaffold", "!drizzle", "!**/*.{md,html}"]; // a text's lines are its author's
const projects = [".", "shared", "client", "web"].filter((path) => existsSync(join(path, "tsconfig.json")));
const bundler = "scripts/bundle.mjs"; // where there is one
const built = "dist/.built";
const installed = "node_modules/.installed";

const tasks = {
  start: serve,
  dev,
  install: () => {},
  build: () => {},
  test: () => run("--enable-source-maps", "--test", "--test-timeout=600000", ...tests()),
  check: async () => {
    await run(tools.eslint, ".");
    await run(tools.prettier, "--check", ...formatted);
  },
  fix: async () => {
    await run(tools.eslint, "--fix", ".");
    await run(tools.prettier, "--write", "--log-level=warn", ...formatted);
  },
  /** `up.mjs node FILE …` runs a script of this project. */
  node: () => run("--enable-source-maps", ...args),
};

// Until the server listens for signals itself, one ends this and what it runs: nothing is lost by that. Each child leads a
// group of its own, so that what a child has started ends too.
const children = new Set();
let ended;
for (const signal of ["SIGTERM", "SIGINT", ...(ignoresHangup() ? [] : ["SIGHUP"])]) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    ended ??= signal;
    killAll(signal);
    setTimeout(killAll, 10_000, "SIGKILL").unref();
    leave();
  });
}
process.on("exit", () => killAll("SIGTERM")); // such as what runs beside a watcher that failed

if (task === "serve") await load();
else if (!Object.hasOwn(tasks, task)) fail(`there is no task ${task}: ${Object.keys(tasks).join(", ")}`);
else {
  checkNode();
  await install();
  if (task !== "install") await build();
  await tasks[task]();
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [nodeMajor, nodeMinor] = process.versions.node.split(".").map(Number);
  if (nodeMajor < major || (nodeMajor === major && nodeMinor < minor)) {
    fail(`this needs Node ${major}.${minor} or newer, and here is ${process.versions.node}: see https://nodejs.org`);
  }
  if (nodeMajor < 22) say(`Node ${nodeMajor} reached its end of life: it gets no security fixes, install Node 24`);
}

/** Installs unless what is there is what the lock names, and was installed by this Node. Times of files say nothing. */
async function install() {
  const wanted = `${process.version} ${fingerprint("package-lock.json")}`;
  const was = read(installed);
  if (was === wanted) return;
  if (!(was ?? process.version).startsWith(process.version) || !isAsLocked()) {
    say("installing what package-lock.json names");
    await npmCi();
  }
  writeFileSync(installed, wanted);
}

/** Whether an `npm ci` or `npm install` of somebody's own has put in place what the lock names. */
function isAsLocked() {
  const [there, named] = ["node_modules/.package-lock.json", "package-lock.json"].map(
    (file) => JSON.parse(read(file) ?? "{}").packages ?? {},
  );
  const same = ([path, { integrity, optional }]) => optional || path === "" || there[path]?.integrity === integrity;
  return Object.entries(named).every(same);
}

/** Settings of the machine would leave parts out, or do something else: only where and how to fetch is its own to say. */
async function npmCi() {
  const parts = ["dev", "optional", "peer"].map((part) => `--include=${part}`);
  const off = [
    "audit",
    "fund",
    "dry-run",
    "global",
    "engine-strict",
    "legacy-peer-deps",
    "strict-peer-deps",
    "workspaces",
  ];
  const flags = [
    ...parts,
    ...off.map((setting) => `--${setting}=false`),
    "--package-lock",
    "--install-strategy=hoisted",
  ];
  const npm = process.env.npm_execpath ?? "";
  const own = npm !== "" && !/pnpm|yarn|bun/.test(basename(npm));
  const [program, ...first] = own ? [process.execPath, npm] : ["npm"];
  const child = start(program, [...first, "ci", "--loglevel=error", "--ignore-scripts", ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
    shell: program === "npm" && process.platform === "win32",
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const code = await exit(child);
  if (code === "ENOENT") fail("npm is not to be found: it comes with Node, put it on the PATH");
  if (code === 0) return;
  const [, reason = ""] = /^npm error code (\S+)/m.exec(said) ?? [];
  const remote = /^(ECONN|ENOTF|ETIME|EAI_|ENETU|EHOSTU|ERR_SOCKET)/.test(reason);
  if (!remote) say(said.trim());
  fail(
    `npm ci did not succeed${remote ? `, ${reason}: is the registry that \`npm config get registry\` names within reach?` : ""}`,
  );
}

/** Compiles into dist/, unless that is made from just these sources. */
async function build() {
  const sources = ["client", "load", "scripts", "shared", "src", "test", "web", "package-lock.json", "tsconfig.json"];
  const wanted = fingerprint(...sources);
  if (read(built) === wanted) return;
  say("building");
  rmSync("dist", { recursive: true, force: true });
  await run(tools.tsc, "-b", ...projects);
  if (existsSync(bundler)) await run(bundler);
  writeFileSync(built, wanted);
}

/** Runs src/main.ts in this process, so that signals and the exit code are the server's own. */
async function serve() {
  process.argv.splice(2, Infinity, ...args);
  await load();
}

async function load() {
  process.setSourceMapsEnabled(true);
  Object.assign(process.env, { ...parseEnv(read(".env") ?? ""), ...process.env });
  await import(pathToFileURL("dist/src/main.js"));
}

/** Rebuilds and restarts on each change. */
async function dev() {
  rmSync(built);
  const watchers = [run(tools.tsc, "-b", ...projects, "--watch", "--preserveWatchOutput")];
  if (existsSync(bundler)) watchers.push(run(bundler, "--watch"));
  watchers.push(run("--watch", "--watch-preserve-output", "scripts/up.mjs", "serve"));
  await Promise.race(watchers);
}

/** `npm test -- app --test-name-pattern=limit`: the test files of these names, or all; flags are for node. */
function tests() {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const names = args.filter((arg) => !arg.startsWith("-"));
  const files = filesIn("dist").filter((file) => file.endsWith(".test.js"));
  const chosen = files.filter((file) => names.length === 0 || names.includes(basename(file, ".test.js")));
  if (chosen.length === 0) fail(`there is no such test: ${files.map((file) => basename(file, ".test.js")).join(", ")}`);
  return [...flags, ...chosen];
}

/** What a file in Docker Compose's grammar sets: https://docs.docker.com/compose/how-tos/environment-variables */
function parseEnv(text) {
  const line =
    /[ \t]*(?:(?:export[ \t]+)?([\w.-]+)(?:[ \t]*[=:](?:[ \t]*'((?:\\'|[^'])*)'|[ \t]*"((?:\\[^]|[^"\\])*)"|(?![ \t]*['"])(.*?)(?=[ \t]#|\n)))?)?[ \t]*(?:#.*)?\n/y;
  const settings = {};
  const given = (name) => process.env[name] ?? settings[name];
  const insert = (value) =>
    value.replace(/\$(?:(\$)|(\w+)|\{(\w+)(?:(:?)([-+?])([^}]*))?\})/g, (_, dollar, bare, name, colon, how, word) => {
      const found = given(bare ?? name);
      const isSet = found !== undefined && !(colon && found === "");
      if (how === "?" && !isSet) fail(`.env: ${name} is needed: ${word}`);
      if (how === "+") return isSet ? word : "";
      return dollar ?? (isSet ? found : how === "-" ? word : "");
    });
  const escapes = { n: "\n", r: "\r", t: "\t", $: "$$" };
  const rest = `${text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")}\n`;
  while (line.lastIndex < rest.length) {
    const { lastIndex } = line;
    const [, name, literal, quoted, plain] =
      line.exec(rest) ?? fail(`.env: line ${rest.slice(0, lastIndex).split("\n").length} is not NAME=value`);
    if (literal !== undefined) settings[name] = literal.replaceAll("\\'", "'");
    else if (quoted !== undefined)
      settings[name] = insert(quoted.replace(/\\([^])/g, (all, c) => escapes[c] ?? ('"\\'.includes(c) ? c : all)));
    else if (plain !== undefined) settings[name] = insert(plain.trim());
  }
  return settings;
}

/** Runs Node to its end; its failure is this process's. */
async function run(...parameters) {
  const code = await exit(start(process.execPath, parameters, { stdio: "inherit" }));
  if (code !== 0) process.exit(Number(code) || 1);
}

function start(program, parameters, options) {
  const child = spawn(program, parameters, { ...options, detached: process.platform !== "win32" });
  children.add(child);
  return child;
}

/** The exit code of a command, or why it could not be run. */
function exit(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.code));
    child.on("close", (code) => {
      children.delete(child);
      if (ended) leave();
      else resolve(code ?? 1);
    });
  });
}

function killAll(signal) {
  for (const { pid } of children) {
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // It has just ended.
    }
  }
}

/** Once nothing runs any more; that a server was told to end is no failure. */
function leave() {
  if (children.size > 0) return;
  process.exit(["start", "dev", "serve"].includes(task) ? 0 : 128 + constants.signals[ended]);
}

/** Under nohup a closed terminal ends nothing. */
function ignoresHangup() {
  return /^SigIgn:.*[13579bdf]$/m.test(read("/proc/self/status") ?? "");
}

function fingerprint(...paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesIn).sort()) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function say(message) {
  process.stderr.write(`${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
