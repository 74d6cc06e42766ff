import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { compareIds, START, type ChatMessage } from "../shared/protocol.ts";
import { KEPT } from "../src/bus/bus.ts";
import { MemoryBus } from "../src/bus/memory.ts";
import { CatchUp } from "../src/chat/history.ts";
import { Presence, type Change } from "../src/chat/presence.ts";
import { Client, getToken, serve, until } from "./helpers.ts";

const HISTORY = 2 ** 20;
const ada = { id: "a", name: "Ada" };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);

test("everyone in a room gets every message, in the same order", async (t) => {
  const { url } = await serve(t);
  const clients = await Promise.all(["Ada", "Bob", "Cyd"].map((name) => Client.connect(url, name)));
  await Promise.all(clients.map((client) => client.join("lobby")));
  for (let i = 0; i < 20; i++) clients.forEach((client, at) => client.say("lobby", `${at}:${i}`));
  const all = () => clients.every((client) => client.texts().length === 60);
  await until("all 60 messages are with all three", all);

  const [first = [], ...others] = clients.map((client) => client.texts());
  for (const other of others) assert.deepEqual(other, first);
  for (const at of [0, 1, 2]) {
    const own = first.filter((text) => text.startsWith(`${at}:`));
    assert.deepEqual(
      own,
      numbers(0, 20).map((i) => `${at}:${i}`),
    );
  }
});

test("a client that was cut off resumes with no gap and no duplicate", async (t) => {
  const { url } = await serve(t);
  const speaker = await Client.connect(url, "Ada");
  const token = await getToken(url, "Bob");
  let listener = await Client.connect(url, "Bob", token);
  await speaker.join("lobby");
  await listener.join("lobby");
  for (const text of numbers(0, 10)) speaker.say("lobby", text);
  await until("ten are heard", () => listener.texts().length === 10);
  const heard = listener.texts();
  const cursor = lastId(listener);

  listener.ws.terminate();
  for (const text of numbers(10, 20)) speaker.say("lobby", text);
  await until("all are said", () => speaker.texts().length === 20);

  listener = await Client.connect(url, "Bob", token);
  const answer = await listener.join("lobby", cursor);
  speaker.say("lobby", "20");
  await until("the live one is heard", () => listener.texts().includes("20"));
  assert.equal(answer.gap, false);
  assert.deepEqual([...heard, ...listener.texts()], numbers(0, 21));
});

test("a long absence is made up for page by page, while others keep talking", async (t) => {
  const { url } = await serve(t);
  const speakers = await Promise.all(numbers(0, 10).map((name) => Client.connect(url, name)));
  await Promise.all(speakers.map((speaker) => speaker.join("lobby")));
  const listener = await Client.connect(url, "Zoe");
  for (const i of numbers(0, 25)) speakers.forEach((one, at) => one.say("lobby", `${at}:${i}`));
  let page = await listener.join("lobby", START);
  while (page.more) page = await listener.join("lobby", page.messages.at(-1)?.id);
  await until("all 250 are heard", () => listener.texts().length >= 250);
  assert.equal(listener.texts().length, 250);
  assert.equal(new Set(listener.texts()).size, 250);
});

test("what is said while the past is read comes once, after it", async () => {
  const said = (id: string): ChatMessage => ({ id, from: ada, text: id, at: 0, nonce: id });
  const catchUp = new CatchUp("1-0");
  const bus = new MemoryBus(HISTORY);
  bus.read = () => {
    catchUp.hold(said("1-0")); // a process that lags behind the client's cursor
    catchUp.hold(said("3-0")); // arrives live, and is in the page as well
    catchUp.hold(said("4-0"));
    return Promise.resolve({ messages: [said("2-0"), said("3-0")], gap: false, more: false });
  };
  const { messages } = await catchUp.read(bus, "lobby");
  assert.deepEqual(
    messages.map((message) => message.id),
    ["2-0", "3-0", "4-0"],
  );
});

test("saying the same thing again with the same nonce changes nothing", async (t) => {
  const { url } = await serve(t);
  const client = await Client.connect(url);
  await client.join("lobby");
  client.say("lobby", "once", "nonce-1");
  client.say("lobby", "once", "nonce-1");
  client.say("lobby", "twice", "nonce-2");
  await until("the last is heard", () => client.texts().includes("twice"));
  assert.deepEqual(client.texts(), ["once", "twice"]);
});

test("a cursor that is no longer kept says so", async () => {
  const bus = new MemoryBus(HISTORY);
  for (const text of numbers(0, KEPT + 1)) {
    await bus.append("lobby", { from: ada, text, at: 0, nonce: text });
  }
  const oldest = (await bus.read("lobby", "1-0", 10)).messages[0];
  assert.equal(oldest?.text, "1");
  assert.equal((await bus.read("lobby", "1-0", 10)).gap, true);
  assert.equal((await bus.read("lobby", START, 10)).gap, true);
  assert.equal((await bus.read("lobby", oldest.id, 10)).gap, false);
  assert.equal((await bus.read("quiet", START, 10)).gap, false);
});

test("ids keep their order when the clock goes back", async () => {
  const clock = [5, 5, 3, 9];
  const bus = new MemoryBus(HISTORY, () => clock.shift() ?? 9);
  for (const text of numbers(0, 4)) await bus.append("r", { from: ada, text, at: 0, nonce: text });
  const ids = (await bus.read("r", START, 10)).messages.map((message) => message.id);
  assert.deepEqual(ids, ["5-0", "5-1", "5-2", "9-0"]);
  assert.deepEqual([...ids].sort(compareIds), ids);
});

test("nothing can be said in, or heard from, a room one has not joined", async (t) => {
  const { url } = await serve(t);
  const insider = await Client.connect(url, "Ada");
  const outsider = await Client.connect(url, "Eve");
  await insider.join("secret");
  outsider.say("secret", "hello?", "n1");
  const error = await outsider.next("error");
  assert.deepEqual([error.code, error.ref], ["not-in-room", "n1"]);
  insider.say("secret", "psst");
  await until("it is said", () => insider.texts().length === 1);
  insider.send({ t: "leave", room: "secret" });
  await outsider.join("elsewhere");
  assert.deepEqual(outsider.texts(), []);
});

test("a connection may be in twenty rooms", async (t) => {
  const { url } = await serve(t);
  const client = await Client.connect(url);
  for (const at of numbers(0, 20)) await client.join(`room-${at}`);
  client.send({ t: "join", room: "one-more" });
  assert.equal((await client.next("error")).code, "too-many-rooms");
});

test("people are named as they come and go, once for all their tabs", async (t) => {
  const { url } = await serve(t);
  const watcher = await Client.connect(url, "Ada");
  await watcher.join("lobby");
  await watcher.next("people");
  const token = await getToken(url, "Bob");
  const tabs = [await Client.connect(url, "Bob", token), await Client.connect(url, "Bob", token)];
  for (const tab of tabs) await tab.join("lobby");

  const { joined, count } = await watcher.next("people");
  assert.deepEqual([joined.map(({ name }) => name), count], [["Bob"], 2]);
  tabs[0]?.ws.close();
  await assert.rejects(watcher.next("people", 300));
  tabs[1]?.ws.close();
  assert.deepEqual((await watcher.next("people")).left, [joined[0]?.id]);
});

test("a thousand joins cost far fewer presence frames than one for each pair", async () => {
  const bus = new MemoryBus(HISTORY);
  let frames = 0;
  let members = 0;
  const seen = new Map<string, string>();
  const tell = ({ joined, left }: Change): void => {
    frames += members;
    for (const person of joined) seen.set(person.id, person.name);
    for (const id of left) seen.delete(id);
  };
  const failed = assert.ifError;
  const presence = new Presence({ bus, room: "lobby", tell, failed });
  await bus.open("lobby", { message: () => undefined, people: () => presence.stale() });
  const everyone = numbers(0, 1000).map((name) => ({ id: name, name }));
  for (const person of everyone) {
    presence.enter(person);
    members += 1;
    await delay(1);
  }
  await until("all are known", () => seen.size === 1000);
  assert.ok(frames <= 10 * 1000, `${frames} frames for 1000 joins`);
  for (const { id } of everyone.slice(1)) presence.exit(id);
  await until("one is left", () => seen.size === 1);
  presence.stop();
});

function lastId(client: Client): string | undefined {
  return client.received.findLast((message) => message.t === "said")?.message.id;
}
