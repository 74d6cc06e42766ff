import { once } from "node:events";
import type { WebSocket } from "ws";

/** Waits until the server has let it in. Where it does not, one line says why, and that is the end. */
export async function opened(ws: WebSocket): Promise<void> {
  try {
    await once(ws, "open");
  } catch (error) {
    const { message } = error as Error;
    const remedy = message.endsWith("429")
      ? "start the server with MAX_CONNECTIONS_PER_IP=5000"
      : "start the server, or set URL";
    console.error(`${ws.url}: ${message}: ${remedy}`);
    process.exit(1);
  }
}
