import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@redis/client";
import { address, freePort, run, SECRET_KEY } from "./helpers.ts";

const here = spawnSync("redis-server", ["--version"]).status === 0;

const skip = !here && !process.env["CI"] && "redis-server is not installed";

export const LEASE_MS = 1500;

/** A test with a Redis of its own. */
export function withRedis(name: string, body: (t: TestContext, redis: TestRedis) => Promise<void>): void {
  void test(name, { skip, timeout: 180_000 }, async (t) => body(t, await TestRedis.start(t)));
}

/** Two server processes on one Redis. */
export async function pair(t: TestContext, redis: TestRedis, leaseMs = LEASE_MS) {
  const start = async () => {
    const port = String(await freePort());
    const env = { NODE_ENV: "test", LOG_LEVEL: "info", SECRET_KEY, PORT: port };
    const child = run({ ...env, REDIS_URL: redis.url, LEASE_MS: String(leaseMs) });
    t.after(() => child.kill("SIGKILL"));
    return { child, url: await address(child) };
  };
  return [await start(), await start()] as const;
}

/** A Redis of the test's own, which it may kill and start again. */
export class TestRedis {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly dir: string,
  ) {}

  static async start(t: TestContext): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), mkdtempSync(join(tmpdir(), "redis-")));
    await redis.start();
    t.after(async () => {
      await redis.kill();
      rmSync(redis.dir, { recursive: true });
    });
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.dir];
    this.#child = spawn("redis-server", [...args, "--appendonly", "yes", "--save", ""]);
    for (let tries = 0; tries < 100; tries++) {
      const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
      client.on("error", () => undefined);
      const answer = await client.connect().then(
        () => client.ping().finally(() => client.destroy()),
        () => "",
      );
      if (answer === "PONG") return;
      await delay(50);
    }
    throw new Error("redis-server does not start");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.url });
    client.on("error", () => undefined);
    await client.connect();
    return client.sendCommand(args).finally(() => client.destroy());
  }
}
