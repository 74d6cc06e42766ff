import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@redis/client";
import type { Log } from "./observe.ts";

const CONNECT_MS = 3000;

export type Client = ReturnType<typeof open>;

/** The connection that the parts of this process share. */
export class Redis {
  /** This process, as the others know it. */
  readonly instance = randomBytes(9).toString("base64url");

  private constructor(
    readonly client: Client,
    private readonly url: string,
    private readonly log: Log,
  ) {}

  /** Fails when there is no Redis to start with; later it waits for it to come back. */
  static async connect(url: string, log: Log): Promise<Redis> {
    const redis = new Redis(open(url, log), url, log);
    await connected(redis.client, url);
    return redis;
  }

  /** Another connection, for what blocks the first: subscriptions. */
  async another(): Promise<Client> {
    const client = open(this.url, this.log);
    await connected(client, this.url);
    return client;
  }

  async check(): Promise<string | undefined> {
    const late = delay(1000, "Redis is slow", { ref: false });
    const answer = this.client.ping().then(
      () => undefined,
      () => "Redis does not answer",
    );
    return Promise.race([answer, late]);
  }

  async stop(): Promise<void> {
    if (this.client.isReady) await this.client.close();
    else this.client.destroy();
  }
}

function open(url: string, log: Log) {
  let ready = false;
  const client = createClient({
    url,
    commandsQueueMaxLength: 10_000,
    disableOfflineQueue: true, // a client that waits in vain is better told to come back
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (tries, cause) => (ready ? Math.random() * Math.min(2000, 50 * 2 ** tries) : cause),
    },
  });
  client.on("ready", () => (ready = true));
  client.on("error", (error: Error) => {
    if (ready) log.warn({ err: error }, "redis");
  });
  return client;
}

async function connected(client: Client, url: string): Promise<void> {
  const silence = delay(CONNECT_MS, undefined, { ref: false }).then(() => {
    throw new Error("it accepts and says nothing");
  });
  try {
    await Promise.race([client.connect(), silence]);
  } catch (error) {
    client.destroy();
    const { message } = error as Error;
    const { protocol, host } = new URL(url); // without the password
    const where = `${protocol}//${host}`;
    const unreachable = new Error(`Redis at ${where} does not answer: ${message}; start it, or unset REDIS_URL`);
    unreachable.name = "RedisUnreachable";
    throw unreachable;
  }
}
