import type { Server, ServerResponse } from "node:http";
import { Server as Listener, type Socket } from "node:net";

/**
 * Notes from now on what is under way. What it returns stops the server and waits for the last connection: one on which
 * nothing is asked ends at once, any other with its answer. After `patience` milliseconds only our own work is waited for:
 * clients that do not send the rest of a request, or do not read the answer, are cut off. How many is the result.
 */
export function ending(server: Server): (patience: number) => Promise<number> {
  /** Each with how much had been read when its last answer was through. */
  const sockets = new Map<Socket, number>();
  const answers = new Set<ServerResponse>();
  server.on("connection", (socket) => {
    sockets.set(socket, 0);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", ({ socket }, res) => {
    answers.add(res);
    res.once("close", () => {
      answers.delete(res);
      if (sockets.has(socket)) sockets.set(socket, socket.bytesRead);
    });
  });

  return async (patience) => {
    const deadline = performance.now() + patience;
    let cut = 0;
    const look = setInterval(() => {
      const busy = new Set([...answers].map(({ req }) => req.socket));
      const over = performance.now() >= deadline && ![...answers].some(isOurs);
      for (const [socket, read] of sockets) {
        const idle = socket.bytesRead === read && !busy.has(socket);
        if (socket.destroyed || (!idle && !over)) continue;
        if (!idle) cut++;
        socket.destroy();
      }
    }, 50);
    // Of http's own close() an answer is over once it is written, even if the client has not read it.
    await new Promise<void>((resolve) => Listener.prototype.close.call(server, () => resolve()));
    clearInterval(look);
    return cut;
  };
}

/** The request is here as a whole, and nothing keeps us from answering. */
function isOurs({ req, writableEnded, writableNeedDrain }: ServerResponse): boolean {
  return req.complete && !writableEnded && !writableNeedDrain;
}
