import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from "jose";
import { Close } from "../shared/protocol.ts";
import { createAuth } from "../src/auth.ts";
import { Client, dial, freePort, refusal, run, SECRET_KEY, serve, testEnv, until } from "./helpers.ts";

const { publicKey, privateKey } = await generateKeyPair("ES256");
const other = await generateKeyPair("ES256");
const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
const ours = { JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "live" };

/** A provider whose keys can be had, at a port of its own or at the given one. */
async function provide(t: TestContext, port = 0): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const at = (server.address() as AddressInfo).port;
  return { server, port: at, url: `http://127.0.0.1:${at}/jwks` };
}

function stop({ server }: { server: Server }): void {
  server.closeAllConnections();
  server.close();
}

function sign(claims: JWTPayload = { name: "Ada" }, { audience = "live", kid = "k1", key = privateKey } = {}) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid })
    .setSubject("user-1")
    .setIssuer("https://id.example")
    .setAudience(audience)
    .setExpirationTime("5m")
    .sign(key);
}

test("production takes the tokens of the identity provider only", async () => {
  const given = { NODE_ENV: "production", JWT_SECRET: "shared with the provider ".repeat(2) };
  const production = createAuth(testEnv({ ...given, ...ours }));
  const token = (await createAuth(testEnv()).issue?.("Ada")) ?? "";
  assert.equal(production.issue, undefined);
  await assert.rejects(production.verify(token));
});

test("keys are taken from a JWKS, and the audience and issuer must be ours", async (t) => {
  const { url } = await provide(t);
  const auth = createAuth(testEnv({ JWT_JWKS_URL: url, ...ours }));
  t.after(() => auth.keys?.stop());
  const { id, name } = await auth.verify(await sign({ preferred_username: "ada" }));
  assert.deepEqual([id, name], ["user-1", "ada"]);
  await assert.rejects(auth.verify(await sign({ name: "Ada" }, { audience: "another" })));
  await assert.rejects(auth.verify(await sign({ name: "Ada" }, { key: other.privateKey })));
  await assert.rejects(auth.verify(await sign({ name: "Ada" }, { kid: "k9" })), { code: "ERR_JWKS_NO_MATCHING_KEY" });
});

test("a provider that is away is no bad token: 503, 1013 for a page, the reason in the log, not ready", async (t) => {
  const port = await freePort();
  const JWT_JWKS_URL = `http://127.0.0.1:${port}/jwks`;
  const child = run({ NODE_ENV: "test", PORT: "0", LOG_LEVEL: "info", SECRET_KEY, JWT_JWKS_URL, ...ours });
  t.after(() => child.kill("SIGKILL"));
  let log = "";
  child.stdout?.on("data", (data: Buffer) => (log += data.toString()));
  const where = /"url":"(http[^"]+)"/;
  await until("it listens", () => where.test(log));
  const url = where.exec(log)?.[1] ?? "";
  const token = await sign();
  const away = "Keys of the identity provider not available";
  assert.deepEqual(await refusal(dial(url, token)), [503, away]);
  const page = dial(url, token, { origin: url });
  assert.deepEqual((await once(page, "close"))[0], Close.tryLater);
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(((await ready.json()) as { detail: string }).detail, /keys of the identity provider/);
  await until("both reasons are logged", () => (log.match(/ECONNREFUSED/g) ?? []).length >= 3);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);

  await provide(t, port);
  let status = 0;
  const poll = setInterval(() => void fetch(`${url}/readyz`).then((answer) => (status = answer.status)), 100);
  t.after(() => clearInterval(poll));
  await until("it is ready", () => status === 200);
  await Client.connect(url, "Ada", token);
});

test("a provider that goes away later degrades: its last keys count, only an unknown one is 503", async (t) => {
  const provider = await provide(t);
  const { url } = await serve(t, { JWT_JWKS_URL: provider.url, ...ours });
  await Client.connect(url, "Ada", await sign());
  stop(provider);
  await Client.connect(url, "Ada", await sign());
  assert.deepEqual(await refusal(dial(url, await sign({}, { key: other.privateKey }))), [401, "Token not accepted"]);
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 }); // past the rest between two readings
  const [status] = await refusal(dial(url, await sign({}, { kid: "k2" })));
  assert.equal(status, 503);
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready", degraded: ["keys"] }]);
});

test("an answer that holds no keys is no bad token either", async (t) => {
  const server = createServer((_, response) => response.writeHead(500).end("oops"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { url } = await serve(t, { JWT_JWKS_URL: `http://127.0.0.1:${port}`, ...ours });
  assert.equal((await refusal(dial(url, await sign())))[0], 503);
});

test("who has no name gets one, who has one that cannot be seen is told so", async (t) => {
  const { url: jwks } = await provide(t);
  const { url } = await serve(t, { JWT_JWKS_URL: jwks, ...ours });
  const welcomed = async (claims: JWTPayload) => {
    const client = await Client.connect(url, "", await sign(claims));
    const [first] = client.received;
    return first?.t === "welcome" ? first.you.name : "";
  };
  const name = await welcomed({});
  assert.match(name, /^Guest [0-9a-f]{4}$/);
  for (const claims of [{}, { name: 7 }, { name: " " }, { name: "", preferred_username: "" }]) {
    assert.equal(await welcomed(claims), name);
  }
  assert.equal(await welcomed({ name: "", preferred_username: "ada" }), "ada");
  assert.equal((await welcomed({ name: "\u{1f98a}".repeat(60) })).length, 40);
  for (const bad of ["\u3164", "\u202eadA", "Ad\u200ba"]) {
    assert.deepEqual(await refusal(dial(url, await sign({ name: bad }))), [403, "Name not allowed"]);
  }
});
