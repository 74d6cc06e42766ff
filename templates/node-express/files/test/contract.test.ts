// /openapi.json against the server, by schemathesis: `pipx install schemathesis` puts it on the PATH.
import assert from "node:assert/strict";
import { spawnSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { identities, startApp } from "./helper.ts";

const tool = process.env["SCHEMATHESIS"] ?? "schemathesis";
const there = spawnSync(tool, ["--version"]).status === 0;
const options = { skip: !there && !process.env["CI"] && "needs schemathesis", timeout: 1_800_000 };

// What its schema allows is taken, but for a version that is gone (412), and a key that was used for another request (422).
// The answer to a request that is sent again with its key tells of a note that may have been deleted meanwhile.
const taken = ["2xx", "401", "403", "404", "409", "412"];
const config = (headers: Record<string, string>) => `
[auth]
auto-signup = false
${Object.entries(headers).map(signIn).join("")}
[checks.positive_data_acceptance]
expected-statuses = ${JSON.stringify(taken)}
[[operations]]
include-name = "GET /v1/notes/{id}"
checks.ensure_resource_availability.enabled = false
[[operations]]
include-name = "POST /v1/notes"
checks.positive_data_acceptance.expected-statuses = ${JSON.stringify([...taken, "422"])}
`;

/** Not as a header for all requests: what a route does without it is tried too. */
function signIn([name, value]: [string, string]): string {
  const [, secret = ""] = /[= ](.*)/.exec(value) ?? [];
  return `[auth.openapi.user]\n${name === "Cookie" ? "api_key" : "bearer"} = ${JSON.stringify(secret)}\n`;
}

test("schemathesis finds nothing in what the server answers", options, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "contract-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const app = await startApp();
  for (const headers of await identities(app)) {
    writeFileSync(join(directory, "schemathesis.toml"), config(headers));
    // A stream has no end, and signing out would end what is tried after it.
    const left = ["/v1/events", "/v1/auth/logout"].flatMap((path) => ["--exclude-path", path]);
    const fixed = ["--max-examples=8", "--request-timeout=120", "--no-color", "--seed=1"];
    const parameters = ["run", `${app.url}/openapi.json`, ...fixed, ...left];
    const child = spawn(tool, parameters, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, said);
  }
  await app.stop();
});
