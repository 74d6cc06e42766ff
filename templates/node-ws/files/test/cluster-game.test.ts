import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Close } from "../shared/protocol.ts";
import { TICK_RATE } from "../shared/sim.ts";
import { startApp } from "../src/app.ts";
import { RedisOwner } from "../src/game/lease.ts";
import { logTo } from "../src/observe.ts";
import { Redis } from "../src/redis.ts";
import { Client, silent, testEnv, until } from "./helpers.ts";
import { LEASE_MS, pair, withRedis } from "./redis.ts";

withRedis("a room is run by the process asked first, others point to it", async (t, redis) => {
  const [a, b] = await pair(t, redis);
  const ada = await Client.connect(a.url, "Ada");
  const bob = await Client.connect(b.url, "Bob");
  ada.send({ t: "enter", room: "arena" });
  await ada.next("entered");
  bob.send({ t: "enter", room: "arena" });
  assert.equal((await bob.next("moved")).url, a.url);
  const moved = await Client.connect(a.url, "Bob");
  moved.send({ t: "enter", room: "arena" });
  assert.equal((await moved.next("entered")).players.length, 2);
});

withRedis("a start without PUBLIC_URL warns once, with the address that others are sent to", async (_, redis) => {
  const warnings = async (more: Record<string, string>): Promise<string[]> => {
    const lines: string[] = [];
    const log = logTo({ write: (line) => void lines.push(line) }, "warn");
    const app = await startApp(testEnv({ REDIS_URL: redis.url, HOST: "0.0.0.0", ...more }), log);
    await app.stop();
    return lines.filter((line) => line.includes("PUBLIC_URL"));
  };
  const [line, ...others] = await warnings({});
  assert.match(line ?? "", /"url":"http:\/\/127\.0\.0\.1:.*PUBLIC_URL is not set/);
  assert.deepEqual([others, await warnings({ PUBLIC_URL: "https://a.example" })], [[], []]);
});

withRedis("a killed owner is followed within its lease, where it was", async (t, redis) => {
  const [a, b] = await pair(t, redis);
  const ada = await Client.connect(a.url, "Ada");
  ada.send({ t: "enter", room: "arena" });
  await until("a state is saved", () => ada.binary.length > 3 * TICK_RATE);
  a.child.kill("SIGKILL");
  const tick = lastTick(ada);
  const left = Number(await redis.command("PTTL", "game:arena:owner"));
  assert.ok(left <= LEASE_MS, `${left} ms`);

  const bob = await enterUntilIn(b.url);
  await until("it goes on", () => bob.binary.length > 0);
  assert.ok(lastTick(bob) > tick - 2 * TICK_RATE, `${tick} then ${lastTick(bob)}`);
});

withRedis("a stopped server hands its room over at once", async (t, redis) => {
  const [a, b] = await pair(t, redis, 60_000);
  const ada = await Client.connect(a.url, "Ada");
  ada.send({ t: "enter", room: "arena" });
  await until("it runs", () => ada.binary.length > 3);
  a.child.kill("SIGTERM");
  assert.equal(await ada.closed, Close.restart);
  const stopped = Date.now();
  await enterUntilIn(b.url);
  assert.ok(Date.now() - stopped < 30_000, "nobody waits for the lease to end");
});

withRedis("two never both tick: who sleeps through the lease has lost it", async (t, redis) => {
  const [a, b] = await pair(t, redis);
  const ada = await Client.connect(a.url, "Ada");
  ada.send({ t: "enter", room: "arena" });
  await until("it runs", () => ada.binary.length > 30);
  a.child.kill("SIGSTOP");
  let before = -1;
  while (before !== ada.binary.length) {
    before = ada.binary.length;
    await delay(200); // what was sent is read
  }
  const bob = await enterUntilIn(b.url);
  await until("it goes on", () => bob.binary.length > 3);
  a.child.kill("SIGCONT");
  assert.equal(await ada.closed, Close.restart);
  assert.equal(ada.binary.length, before);
  const ticks = bob.binary.length;
  await until("the new owner is undisturbed", () => bob.binary.length > ticks + 20);
});

withRedis("the fence keeps an old owner from writing, renewing or releasing", async (t, redis) => {
  const owners = await Promise.all(
    ["http://a", "http://b"].map(async (url) => {
      const connection = await Redis.connect(redis.url, silent);
      t.after(() => connection.stop());
      return new RedisOwner(connection, testEnv({ PUBLIC_URL: url, LEASE_MS: "3000" }), silent);
    }),
  );
  const [first, second] = owners;
  const old = await first?.claim("arena");
  assert.ok(old && "lease" in old);
  assert.deepEqual(await second?.claim("arena"), { url: "http://a" });
  await delay(3300); // renewed meanwhile
  assert.equal(old.lease.valid(), true);

  await old.lease.save("old state");
  await redis.command("DEL", "game:arena:owner"); // as if it had expired
  const taken = await second?.claim("arena");
  assert.ok(taken && "lease" in taken);
  assert.equal(taken.state, "old state");
  await old.lease.save("too late");
  await old.lease.release();
  await delay(400);
  assert.equal(old.lease.valid(), false);
  assert.equal(taken.lease.valid(), true);
  assert.equal(await redis.command("GET", "game:arena:state"), "old state");
  await taken.lease.release();
});

withRedis("a lease that cannot be renewed ends before Redis lets it go", async (t, redis) => {
  const connection = await Redis.connect(redis.url, silent);
  t.after(() => connection.stop());
  const owner = new RedisOwner(connection, testEnv({ LEASE_MS: "5000" }), silent);
  const claim = await owner.claim("arena");
  assert.ok("lease" in claim);
  await redis.kill();
  const cut = Date.now();
  await until("it is over", () => !claim.lease.valid());
  assert.ok(Date.now() - cut < 5000);
});

/** Asks until the room is run there: the old owner's lease has to end first. */
async function enterUntilIn(url: string): Promise<Client> {
  const client = await Client.connect(url, "Bob");
  const entered = () => client.received.some((message) => message.t === "entered");
  const deadline = Date.now() + 60_000;
  while (!entered() && Date.now() < deadline) {
    client.send({ t: "enter", room: "arena" });
    await delay(110);
  }
  assert.ok(entered());
  return client;
}

function lastTick(client: Client): number {
  return client.binary.at(-1)?.readUInt32LE(1) ?? 0;
}
