// scripts/up.mjs, on a small project of its own: what it installs comes from a file, so that no registry is asked.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

const scratch = mkdtempSync(join(tmpdir(), "up-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const { PATH = "" } = process.env;
const HOME = join(scratch, "home");
const small = join(scratch, "small");
const limit = { timeout: 600_000 };

/** In place of TypeScript: `-b` copies the sources, and its watcher waits. */
const compiler = `
  const { cpSync, existsSync } = require("node:fs");
  for (const sources of ["src", "load"].filter(existsSync)) cpSync(sources, "dist/" + sources, { recursive: true });
  if (process.argv.includes("--watch")) setInterval(() => {}, 1000);
`;
/** A script that does not end, as little as what it has started. */
const hangs = `
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  child.once("spawn", () => process.getBuiltinModule("node:fs").writeFileSync("hanging", ""));
  setInterval(() => {}, 1000);
`;
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

function write(directory: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

before(() => {
  mkdirSync(HOME);
  const tool = join(scratch, "typescript");
  write(tool, { "package.json": '{"name": "typescript", "version": "6.0.0"}', "bin/tsc": compiler });
  const npm = (...parameters: string[]) => execFileSync("npm", parameters, { cwd: small, env: { PATH, HOME } });
  write(small, {
    "package.json": JSON.stringify({
      name: "small",
      type: "module",
      engines: { node: ">=20.19" },
      scripts,
      devDependencies: { typescript: "file:typescript-6.0.0.tgz" },
    }),
    "tsconfig.json": "{}",
    "src/main.js": "console.log(JSON.stringify(process.env));",
  });
  npm("pack", tool, "--silent");
  npm("install", "--package-lock-only", "--offline", "--no-audit");
  cpSync("scripts/up.mjs", join(small, "scripts/up.mjs"));
});

/** A copy of the small project, with other files. */
function project(name: string, files: Record<string, string> = {}): string {
  const directory = join(scratch, name);
  cpSync(small, directory, { recursive: true });
  write(directory, files);
  return directory;
}

/** Runs scripts/up.mjs with nothing of the shell's settings. */
async function up(directory: string, env: Record<string, string> = {}, parameters: string[] = []) {
  const child = spawn(process.execPath, [join(directory, "scripts/up.mjs"), ...parameters], {
    env: { PATH, HOME, ...env },
  });
  let said = "";
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const [code] = (await once(child, "close")) as [number | null];
  const endOfLife = /^Node \d+ reached its end of life: .*\n/m;
  return { code, printed, endOfLife: endOfLife.test(said), said: said.replace(endOfLife, "") };
}
const settings = ({ printed }: { printed: string }) => JSON.parse(printed) as Record<string, string>;

test(".env is read as Docker Compose reads it", limit, async () => {
  // The examples of https://docs.docker.com/compose/how-tos/environment-variables, and what Windows' editors make of a file.
  const text = String.raw`
# a comment
PLAIN=one two
export EXPORTED=yes
COLON: value
SPACED = value  # a comment
HASH=a#b
NO_COMMENT=VAL# not a comment
EMPTY=
ONLY_COMMENT= # a comment
DOUBLE="VAL # not a comment" # a comment
SINGLE='$PLAIN ${"$"}{PLAIN}'#a comment
QUOTE='Let\'s go!'
OBJECT="{\"hello\": \"json\"}"
ESCAPES="some\tvalue\\n\n"
LITERAL='some\tvalue'
BARE=some\tvalue
LINES="first
second # not a comment"
INSERTED="$PLAIN, ${"$"}{PLAIN}!"
DEFAULTS=${"$"}{NONE:-a}${"$"}{EMPTY-b}${"$"}{EMPTY:-c}${"$"}{PLAIN:+d}
DOLLAR="a\$b" # a comment
DOUBLED=a$$b
TAKEN=mine
LONE
`;
  const directory = project("env", { ".env": `\uFEFFFIRST=1\n${text}`.replaceAll("\n", "\r\n") });
  const found = settings(await up(directory, { TAKEN: "the shell's" }));
  const expected = {
    FIRST: "1",
    PLAIN: "one two",
    EXPORTED: "yes",
    COLON: "value",
    SPACED: "value",
    HASH: "a#b",
    NO_COMMENT: "VAL# not a comment",
    EMPTY: "",
    ONLY_COMMENT: "",
    DOUBLE: "VAL # not a comment",
    SINGLE: "$PLAIN ${PLAIN}",
    QUOTE: "Let's go!",
    OBJECT: '{"hello": "json"}',
    ESCAPES: "some\tvalue\\n\n",
    LITERAL: String.raw`some\tvalue`,
    BARE: String.raw`some\tvalue`,
    LINES: "first\nsecond # not a comment",
    INSERTED: "one two, one two!",
    DEFAULTS: "acd",
    DOLLAR: "a$b",
    DOUBLED: "a$b",
    TAKEN: "the shell's",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]])), expected);
  assert.ok(!("LONE" in found));
  for (const [bad, reason] of [
    ["A=1\nB='open\n", ".env: line 2 is not NAME=value\n"],
    ['A="x" y\n', ".env: line 1 is not NAME=value\n"],
    ["some words\n", ".env: line 1 is not NAME=value\n"],
    ["A=${B:?say where}\n", ".env: B is needed: say where\n"],
  ] as const) {
    write(directory, { ".env": bad });
    const { code, said } = await up(directory);
    assert.deepEqual([code, said], [1, reason]);
  }
});

test("it installs once, and again where the lock or Node is another, whatever the times of files", limit, async () => {
  const directory = project("once");
  const lock = join(directory, "package-lock.json");
  const stamp = join(directory, "node_modules/.installed");
  const installs = async () => {
    const { code, said } = await up(directory);
    assert.equal(code, 0, said);
    return said.includes("installing");
  };
  assert.ok(await installs());
  assert.ok(!(await installs()));
  const future = new Date(Date.now() + 2 * 86_400_000);
  utimesSync(lock, future, future);
  assert.ok(!(await installs()), "a time in the future");
  writeFileSync(lock, readFileSync(lock, "utf8").replace('"small"', '"other"'));
  utimesSync(lock, new Date(0), new Date(0));
  assert.ok(!(await installs()), "another lock that names what is there");
  writeFileSync(lock, readFileSync(lock, "utf8").replace(/"integrity": "sha512-/, "$&A"));
  assert.match((await up(directory)).said, /^installing.*\n[^]*EINTEGRITY[^]*npm ci did not succeed\n$/);
  cpSync(join(small, "package-lock.json"), lock);
  assert.ok(await installs(), "after an install that failed");
  writeFileSync(stamp, readFileSync(stamp, "utf8").replace(/^v\d+/, "v8"));
  assert.ok(await installs(), "by another Node");
  rmSync(stamp);
  assert.ok(!(await installs()), "somebody's own npm ci");
  rmSync(join(directory, "node_modules"), { recursive: true });
  assert.ok(await installs());
});

test("npm's settings on a machine do not change what is installed", limit, async () => {
  const hostile = {
    omit: "dev",
    global: "true",
    "dry-run": "true",
    "package-lock": "false",
    "install-strategy": "nested",
    "legacy-peer-deps": "true",
    "engine-strict": "true",
  };
  const home = join(scratch, "hostile");
  write(home, {
    ".npmrc": Object.entries(hostile)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  });
  const byShell = Object.entries(hostile).map(([name, value]) => [`npm_config_${name.replaceAll("-", "_")}`, value]);
  for (const [name, env] of [
    ["by-file", { HOME: home }],
    ["by-shell", { ...(Object.fromEntries(byShell) as Record<string, string>), NODE_ENV: "production" }],
  ] as const) {
    const directory = project(name);
    const { code, said } = await up(directory, env, ["build"]);
    assert.deepEqual([code, said], [0, "installing what package-lock.json names\nbuilding\n"]);
    assert.ok(existsSync(join(directory, "node_modules/typescript/bin/tsc")));
  }
});

test("what is in the way is told in a line: Node's age, a missing npm, a registry out of reach", limit, async () => {
  const old = project("old");
  const manifest = readFileSync(join(old, "package.json"), "utf8");
  write(old, { "package.json": manifest.replace(">=20.19", ">=99.1") });
  assert.deepEqual(await up(old), {
    code: 1,
    printed: "",
    endOfLife: false,
    said: `this needs Node 99.1 or newer, and here is ${process.versions.node}: see https://nodejs.org\n`,
  });
  const without = await up(project("without"), { PATH: scratch });
  assert.match(without.said, /^installing.*\nnpm is not to be found.*\n$/);
  const devDependencies = { typescript: "6.0.0" };
  const packages = {
    "": { devDependencies },
    "node_modules/typescript": { version: "6.0.0", integrity: "sha512-AA==" },
  };
  const offline = project("offline", {
    "package.json": JSON.stringify({ ...(JSON.parse(manifest) as object), devDependencies }),
    "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }),
    ".npmrc": "fetch-retries=0\n",
  });
  const cache = join(scratch, "cache");
  const refused = await up(offline, { npm_config_registry: "http://127.0.0.1:9", npm_config_cache: cache });
  assert.equal(refused.code, 1);
  assert.match(
    refused.said,
    /^installing.*\nnpm ci did not succeed, ECONNREFUSED: is the registry .* within reach\?\n$/,
  );
});

test("a Node that gets no fixes any more is told of in a line, and is in no image, CI or type", limit, async () => {
  const [major = 0] = process.versions.node.split(".").map(Number);
  assert.equal((await up(project("age"))).endOfLife, major < 22);
  const files = ["Dockerfile", ".gitlab-ci.yml", ".github/workflows/ci.yml", ".devcontainer/devcontainer.json"];
  const named = [...files.filter((file) => existsSync(file)), "package.json"].flatMap(
    (file) =>
      readFileSync(file, "utf8").match(/\bnode(?:-version)?: ?\[?"?\d+(?:", "\d+)*|@types\/node": "\^\d+/gi) ?? [],
  );
  assert.ok(named.length > 0);
  for (const text of named) for (const version of text.match(/\d+/g) ?? []) assert.ok(Number(version) >= 22, text);
});

test("it runs in a directory of any name", limit, async () => {
  for (const name of ["a:b", "with space", "50% #1?", "ünï"]) {
    const { code, said } = await up(project(name));
    assert.deepEqual([code, said], [0, "installing what package-lock.json names\nbuilding\n"], name);
  }
});

/** The processes that run in a directory. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      return false; // it has ended, or is not ours
    }
  });
}

test(
  "SIGTERM to any npm script leaves no process",
  { ...limit, skip: !existsSync("/proc/self/cwd") && "needs /proc" },
  async () => {
    for (const [name, command] of Object.entries(scripts)) assert.match(command, /^exec node scripts\/up\.mjs/, name);
    const server = 'require("fs").writeFileSync("hanging", ""); setInterval(() => {}, 1000);';
    const directory = project("ends", {
      "src/main.cjs": server,
      "src/main.js": 'import "./main.cjs";',
      "src/a.test.js": hangs,
    });
    const files = Object.values(scripts).flatMap((command) => /up\.mjs node (\S+)/.exec(command)?.[1] ?? []);
    await up(directory, {}, ["install"]);
    const lint = { "node_modules/eslint/package.json": "{}", "node_modules/eslint/bin/eslint.js": hangs };
    write(directory, { ...lint, ...Object.fromEntries(files.map((file) => [file.replace(/^dist\//, ""), hangs])) });
    for (const name of Object.keys(scripts)) {
      rmSync(join(directory, "hanging"), { force: true });
      const npm = spawn("npm", ["run", name], { cwd: directory, env: { PATH, HOME } });
      let said = "";
      for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (text) => (said += String(text)));
      const running = () => npm.exitCode === null && npm.signalCode === null;
      while (!existsSync(join(directory, "hanging"))) {
        assert.ok(running(), `npm run ${name} has ended:\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      npm.kill("SIGTERM");
      if (running()) await once(npm, "exit");
      while (processesIn(directory).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
);
