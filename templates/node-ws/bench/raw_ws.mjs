// The least that ws can do: what one says goes to all.
import { WebSocketServer } from "ws";
import { createServer } from "node:http";

const server = createServer((req, res) => res.end("ok"));
const wss = new WebSocketServer({ server, path: "/ws" });
wss.on("connection", (ws) => {
  ws.on("message", (data) => {
    const text = data.toString();
    for (const client of wss.clients) client.send(text);
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
