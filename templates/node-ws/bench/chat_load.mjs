// N connections in one room, RATE messages a second for SECONDS, in the protocol
// of MODE: app (node-ws), raw or socketio. URL may name several servers, with
// commas: the connections are dealt out among them. Prints one JSON object.
import WebSocket from "ws";

const { MODE } = process.env;
const servers = process.env.URL.split(",");
const N = Number(process.env.N ?? 1000);
const RATE = Number(process.env.RATE ?? 20);
const SECONDS = Number(process.env.SECONDS ?? 10);
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));
const latencies = [];
const heard = (text) => latencies.push(performance.now() - Number(text));

// The server limits how many tokens one address may ask for; this one is the
// project's own, made with its own key.
async function issuer() {
  const { createAuth } = await import("./dist/src/auth.js");
  const { localSecrets, readEnv } = await import("./dist/src/env.js");
  localSecrets();
  return createAuth(readEnv());
}
const auth = MODE === "app" ? await issuer() : undefined;

const modes = {
  raw: {
    open: async (url) => new WebSocket(url.replace("http", "ws") + "/ws"),
    joined: (ws) => new Promise((ok) => ws.on("open", ok)),
    listen: (ws) => ws.on("message", (data) => heard(data.toString())),
    say: (ws, text) => ws.send(text),
  },
  socketio: {
    open: async (url) => new WebSocket(url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"),
    joined: (ws) => new Promise((ok) => ws.on("message", (data) => {
      const text = data.toString();
      if (text.startsWith("0")) ws.send("40");
      if (text === "2") ws.send("3");
      if (text.startsWith("40")) ok();
    })),
    listen: (ws) => ws.on("message", (data) => {
      const text = data.toString();
      if (text.startsWith("42")) heard(JSON.parse(text.slice(2))[1]);
    }),
    say: (ws, text) => ws.send(`42${JSON.stringify(["say", text])}`),
  },
  app: {
    open: async (url, i) => new WebSocket(url.replace("http", "ws") + "/ws", ["demo.v1", `token.${await auth.issue(`p${i}`)}`], { origin: url }),
    joined: (ws) => new Promise((ok) => ws.on("message", (data) => {
      const m = JSON.parse(data.toString());
      if (m.t === "welcome") ws.send(JSON.stringify({ t: "join", room: "load" }));
      if (m.t === "joined") ok();
    })),
    listen: (ws) => ws.on("message", (data) => {
      const m = JSON.parse(data.toString());
      if (m.t === "said") heard(m.message.text);
    }),
    say: (ws, text, i) => ws.send(JSON.stringify({ t: "say", room: "load", text, nonce: `n${i}` })),
  },
};

const mode = modes[MODE];
const sockets = [];
while (sockets.length < N) {
  const batch = Array.from({ length: Math.min(50, N - sockets.length) }, async (_, i) => {
    const nth = sockets.length + i;
    const ws = await mode.open(servers[nth % servers.length], nth);
    await mode.joined(ws);
    mode.listen(ws);
    return ws;
  });
  sockets.push(...(await Promise.all(batch)));
}
await sleep(2000);
const begin = performance.now();
const total = RATE * SECONDS;
for (let i = 0; i < total; i++) {
  await sleep(Math.max(0, begin + (i * 1000) / RATE - performance.now()));
  mode.say(sockets[i % N], String(performance.now()), i);
}
await sleep(2000);
latencies.sort((a, b) => a - b);
const at = (part) => latencies[Math.floor(latencies.length * part)] ?? 0;
console.log(JSON.stringify({ deliveries: latencies.length, lost: total * N - latencies.length, p50: at(0.5), p99: at(0.99) }));
process.exit(0);
