import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Close, type ChatMessage } from "../shared/protocol.ts";
import { Client, getToken, serve, until } from "./helpers.ts";
import { LEASE_MS, pair, withRedis } from "./redis.ts";

withRedis("two processes share messages, in one order, and presence", async (t, redis) => {
  const [a, b] = await pair(t, redis);
  const ada = await Client.connect(a.url, "Ada");
  const bob = await Client.connect(b.url, "Bob");
  await ada.join("lobby");
  await bob.join("lobby");
  for (let i = 0; i < 30; i++) {
    ada.say("lobby", `a${i}`);
    bob.say("lobby", `b${i}`);
  }
  await until("all is heard", () => ada.texts().length === 60 && bob.texts().length === 60);
  assert.deepEqual(ada.texts(), bob.texts());

  await until("Bob sees both", () => joined(bob).length === 2);
  const late = await Client.connect(b.url, "Cyd");
  const { messages, people } = await late.join("lobby");
  assert.equal(messages.length, 50);
  assert.deepEqual(people.map(({ name }) => name).sort(), ["Ada", "Bob"]);
});

withRedis("a killed process: its people expire, its clients resume", async (t, redis) => {
  const [a, b] = await pair(t, redis);
  const ada = await Client.connect(a.url, "Ada");
  const token = await getToken(b.url, "Bob");
  const bob = await Client.connect(b.url, "Bob", token);
  await ada.join("lobby");
  await bob.join("lobby");
  ada.say("lobby", "before");
  await until("Bob heard it", () => bob.texts().includes("before"));
  const cursor = bob.received.findLast((message) => message.t === "said")?.message.id;
  await until("Ada sees Bob", () => joined(ada).includes("Bob"));

  b.child.kill("SIGKILL");
  await bob.closed;
  ada.say("lobby", "meanwhile");
  let gone: string[] = [];
  while (gone.length === 0) gone = (await ada.next("people")).left;

  const again = await Client.connect(a.url, "Bob", token);
  const { messages, gap } = await again.join("lobby", cursor);
  assert.deepEqual([texts(messages), gap], [["meanwhile"], false]);
});

withRedis("a Redis lost and found costs no message and repeats none", async (t, redis) => {
  const given = { REDIS_URL: redis.url, LEASE_MS: String(LEASE_MS) };
  const a = await serve(t, given);
  const b = await serve(t, given);
  const ada = await Client.connect(a.url, "Ada");
  const bob = await Client.connect(b.url, "Bob");
  await ada.join("lobby");
  await bob.join("lobby");
  const expected: string[] = [];
  const say = async (text: string): Promise<void> => {
    expected.push(text);
    ada.say("lobby", text);
    await delay(110); // below the message limit
  };

  for (let i = 0; i < 8; i++) {
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await say(`cut ${i}`);
    await until("it is heard", () => bob.texts().includes(`cut ${i}`));
  }
  assert.deepEqual(bob.texts(), expected);

  await redis.kill();
  assert.equal((await fetch(`${a.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${a.url}/healthz`)).status, 200);
  await redis.start();
  await ready(a.url);
  await ready(b.url);
  await say("after the restart");
  await until("it is heard", () => bob.texts().includes("after the restart"));
  assert.deepEqual(bob.texts(), expected);
  assert.deepEqual(ada.texts(), expected);
});

withRedis("a publication that was lost is made up for", async (t, redis) => {
  const { url } = await serve(t, { REDIS_URL: redis.url });
  const ada = await Client.connect(url, "Ada");
  await ada.join("lobby");
  const storeOnly = async (text: string): Promise<void> => {
    const message = { from: { id: "x", name: "X" }, text, at: 0, nonce: text };
    await redis.command("XADD", "chat:lobby", "*", "m", JSON.stringify(message));
  };
  await storeOnly("unheard");
  ada.say("lobby", "next");
  await until("both are heard", () => ada.texts().length === 2);
  await storeOnly("in the break");
  await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
  await until("the third is heard", () => ada.texts().length === 3);
  assert.deepEqual(ada.texts(), ["unheard", "next", "in the break"]);
});

withRedis("what cannot be stored closes with 1013, and may be said again", async (t, redis) => {
  const { url } = await serve(t, { REDIS_URL: redis.url });
  const token = await getToken(url, "Ada");
  const before = await Client.connect(url, "Ada", token);
  await before.join("lobby");
  await redis.kill();
  before.say("lobby", "kept", "nonce-1");
  assert.equal(await before.closed, Close.tryLater);

  await redis.start();
  await ready(url);
  const back = await Client.connect(url, "Ada", token);
  await back.join("lobby");
  back.say("lobby", "kept", "nonce-1");
  back.say("lobby", "kept", "nonce-1");
  back.say("lobby", "next", "nonce-2");
  await until("it is said", () => back.texts().includes("next"));
  const { messages } = await back.join("lobby");
  assert.deepEqual(texts(messages), ["kept", "next"]);
});

withRedis("a room can be left and joined again, and its history ends", async (t, redis) => {
  const { url } = await serve(t, { REDIS_URL: redis.url });
  const client = await Client.connect(url, "Ada");
  await client.join("lobby");
  client.say("lobby", "one");
  await until("it is heard", () => client.texts().includes("one"));
  client.send({ t: "leave", room: "lobby" });
  await client.join("lobby", "0-0");
  client.say("lobby", "two");
  await until("it is heard", () => client.texts().includes("two"));
  assert.deepEqual(client.texts(), ["one", "one", "two"]);
  assert.equal((await client.join("lobby", "0-0")).gap, false);
  assert.equal((await client.join("lobby", "1-1")).gap, true);
  await redis.command("XTRIM", "chat:lobby", "MAXLEN", "1");
  assert.equal((await client.join("lobby", "0-0")).gap, true);
});

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await fetch(`${url}/readyz`)).status !== 200 && Date.now() < deadline) await delay(50);
}

const texts = (messages: ChatMessage[]): string[] => messages.map(({ text }) => text);

function joined(client: Client): string[] {
  return client.received.flatMap((message) => (message.t === "people" ? message.joined.map(({ name }) => name) : []));
}
