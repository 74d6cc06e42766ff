import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ending } from "../src/ending.ts";

/** A server, and connections to it on which it has read so much. */
async function serve(answer: RequestListener, ...said: string[]) {
  const server = createServer(answer);
  const end = ending(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const clients: Socket[] = [];
  for (const text of said) {
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
    client.on("error", () => {}).write(text);
    clients.push(client);
    setTimeout(() => client.destroy(), 30_000).unref(); // so that a server that waits for it ends
    const [socket] = await accepted;
    while (socket.bytesRead < text.length) await sleep(5);
  }
  return { end, clients };
}

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const big = 64 * 1024 * 1024;
const limit = { timeout: 60_000 };

test("a connection on which nothing was asked is not waited for", limit, async () => {
  const { end } = await serve(() => assert.fail(), "", "");
  assert.equal(await end(10_000), 0);
});

test("what a client does not send or read is waited for so long", limit, async () => {
  const { end } = await serve(
    (_req, res) => void res.end(Buffer.alloc(big)),
    get.slice(0, -2),
    get.replace("Host", "Content-Length: 9\r\nHost").replace("GET", "POST"),
    get,
  );
  const started = performance.now();
  assert.equal(await end(500), 3);
  assert.ok(performance.now() - started >= 500);
});

test("an answer that is read slowly arrives as a whole", limit, async () => {
  const { end, clients } = await serve((_req, res) => void res.end(Buffer.alloc(big)), get);
  const [client] = clients;
  assert.ok(client);
  let read = 0;
  client.on("data", ({ length }) => (read += length));
  const closed = once(client, "close");
  setTimeout(() => client.resume(), 500);
  assert.equal(await end(50_000), 0);
  await closed;
  assert.ok(read > big, `${read}`);
});

test("what we are at is finished, however long it takes", limit, async () => {
  let finish = (): unknown => assert.fail("nothing was asked");
  const { end, clients } = await serve((_req, res) => (finish = () => res.end("done")), get);
  let text = "";
  clients[0]
    ?.setEncoding("utf8")
    .on("data", (part: string) => (text += part))
    .resume();
  const ended = end(1);
  await sleep(500);
  finish();
  assert.equal(await ended, 0);
  assert.match(text, /done/);
});
