// Two people join a room; what one says reaches the other.
import WebSocket from "ws";

const url = process.env.URL;

async function connect(name) {
  const res = await fetch(`${url}/v1/guest`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ name }),
  });
  if (!res.ok) throw new Error(`guest: ${res.status} ${await res.text()}`);
  const { token } = await res.json();
  const ws = new WebSocket(url.replace("http", "ws") + "/ws", ["demo.v1", `token.${token}`], { origin: url });
  const seen = [];
  let wake = () => {};
  ws.on("message", (data) => {
    seen.push(JSON.parse(data.toString()));
    wake();
  });
  await new Promise((ok, no) => {
    ws.on("open", ok);
    ws.on("error", no);
  });
  const until = async (match) => {
    for (;;) {
      const found = seen.find(match);
      if (found) return found;
      await new Promise((ok) => (wake = ok));
    }
  };
  return { say: (m) => ws.send(JSON.stringify(m)), until, close: () => ws.close() };
}

setTimeout(() => {
  console.error("no message within 20 s");
  process.exit(1);
}, 20_000).unref();

const [ada, bob] = [await connect("Ada"), await connect("Bob")];
for (const person of [ada, bob]) {
  await person.until((m) => m.t === "welcome");
  person.say({ t: "join", room: "lobby" });
  await person.until((m) => m.t === "joined");
}
ada.say({ t: "say", room: "lobby", text: "hello <b>Bob</b>", nonce: "n1" });
const said = await bob.until((m) => m.t === "said");
if (!JSON.stringify(said).includes("hello <b>Bob</b>")) throw new Error(`said: ${JSON.stringify(said)}`);
ada.close();
bob.close();
