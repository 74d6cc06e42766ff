// What becomes of the log where its reader is slow, has stopped reading, or is gone: the server lives on, and ends.
import assert from "node:assert/strict";
import { spawn, spawnSync, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

const limit = { timeout: 300_000 };
const lines = 20_000;

/** Logs more than a pipe holds, says so on stderr once the event loop goes on, and ends when it is told to. */
const script = (count: number) => `
  const { openStdout } = await import("./dist/src/stdout.js");
  const { out, end } = openStdout();
  for (let i = 1; i <= ${count}; i++) out.write(i + " " + "x".repeat(100) + "\\n");
  setTimeout(() => process.stderr.write("alive"), 200);
  process.stdin.once("data", () => {
    out.write("stopped\\n");
    end(7);
  });
`;

function start(t: TestContext, stdout: "pipe" | number, count = lines) {
  const stdio: StdioOptions = ["pipe", stdout, "pipe"];
  const child = spawn(process.execPath, ["--input-type=module", "-e", script(count)], { stdio });
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const alive = once(child.stderr ?? assert.fail(), "data").then(([text]) => String(text));
  const stop = async () => {
    assert.equal(await alive, "alive");
    child.stdin?.write("now");
    return exited;
  };
  return { child, alive, stop };
}

test("a reader that keeps up gets every line in order, and the last one", limit, async (t) => {
  const { child, stop } = start(t, "pipe");
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const closed = once(child, "close");
  assert.deepEqual(await stop(), [7, null]);
  await closed;
  const numbers = said.split("\n").map((line) => line.split(" ", 1)[0]);
  assert.deepEqual(numbers, [...Array.from({ length: lines }, (_, i) => String(i + 1)), "stopped", ""]);
});

test("for a reader that comes back late so many bytes are kept, and no more", limit, async (t) => {
  const { child, alive, stop } = start(t, "pipe", 5 * lines);
  await alive;
  let bytes = 0;
  child.stdout?.on("data", (data: Buffer) => (bytes += data.length));
  const closed = once(child, "close");
  await stop();
  await closed;
  assert.ok(bytes > 4e6 && bytes < 5e6, `${bytes} of ${5 * lines * 100}`);
});

const fifos = { ...limit, skip: process.platform !== "linux" && "needs Linux's pipes" };
test("a pipe that nobody reads from holds up neither the work nor the end", fifos, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "log-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "pipe");
  spawnSync("mkfifo", [path]);
  const { stop } = start(t, openSync(path, constants.O_RDWR));
  assert.deepEqual(await stop(), [7, null]);
});

test("a socket that nobody reads from does not either; what waits there is cut off", limit, async (t) => {
  const { stop } = start(t, "pipe");
  const [code, signal] = (await stop()) as [number | null, string | null];
  assert.ok(code === 7 || signal === "SIGKILL", `${code} ${signal}`);
});

test("a reader that is gone is no reason to stop, and none to stay", limit, async (t) => {
  const { child, stop } = start(t, "pipe");
  child.stdout?.destroy();
  assert.deepEqual(await stop(), [7, null]);
});
