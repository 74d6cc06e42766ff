// socket.io, WebSocket only: what one says goes to the room.
import { Server } from "socket.io";
import { createServer } from "node:http";

const server = createServer((req, res) => res.end("ok"));
const io = new Server(server, { transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.join("load");
  socket.on("say", (message) => io.to("load").emit("said", message));
});
server.listen(Number(process.env.PORT), "127.0.0.1");
