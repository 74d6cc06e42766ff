import cors from "cors";
import type { Request, RequestHandler } from "express";
import { MemoryStore, rateLimit, type IncrementResponse, type Options, type Store } from "express-rate-limit";
import helmet from "helmet";
import { RedisStore, type RedisReply } from "rate-limit-redis";
import { within } from "./db.ts";
import { Problem } from "./problems.ts";

/** What is used of a Redis client. */
export interface Redis {
  isReady: boolean;
  sendCommand(command: string[]): Promise<RedisReply>;
}

/** Security headers. Pages load nothing from elsewhere and run no inline script. */
export const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
});

/** CORS for the listed origins, credentials included; none by default. */
export function crossOrigin(origins: string[]): RequestHandler {
  if (origins.length === 0) return (_req, _res, next) => next();
  return cors({ origin: origins, credentials: true, exposedHeaders: ["X-Request-Id", "ETag", "Location"] });
}

/** Refuses a write that another site's page makes with the reader's cookies. */
export function sameOrigin(origins: string[]): RequestHandler {
  return (req, _res, next) => {
    const origin = req.get("origin");
    const own = [`${req.protocol}://${req.host}`, ...origins];
    const foreign = origin === undefined ? req.get("sec-fetch-site") === "cross-site" : !own.includes(origin);
    const reads = ["GET", "HEAD", "OPTIONS"].includes(req.method);
    next(foreign && !reads ? new Problem(403, whyForeign(req, origin)) : undefined);
  };
}

/** A proxy that ends TLS, or has a name of its own, makes the own page look foreign until it is trusted. */
function whyForeign(req: Request, origin = ""): string {
  const forwarded = req.get("x-forwarded-host") ?? req.get("host") ?? "";
  const known = [`https://${forwarded}`, `http://${forwarded}`].includes(origin);
  return known
    ? `${origin} is taken for another site, since this was asked as ${req.protocol}://${req.host}: behind a proxy set TRUST_PROXY`
    : "this origin may not write here: ORIGINS lists those that may";
}

/** At most `limit` requests a minute and client, by all processes together where they have a Redis; 0 is no limit. */
export function limitRate(name: string, limit: number, redis?: Redis, prefix = "limit:"): RequestHandler {
  if (limit === 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    identifier: name,
    handler: (_req, _res, next) => next(new Problem(429, `at most ${limit} requests a minute`)),
    ...(redis && { store: new Counts(redis, `${prefix}${name}:`) }),
  });
}

/** Counts in Redis, and in this process while Redis is away: then each process has a limit of its own. */
class Counts implements Store {
  readonly #own = new MemoryStore();
  readonly #redis: Redis;
  readonly #prefix: string;
  #options: Options | undefined;
  #shared: RedisStore | undefined;

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  init(options: Options): void {
    this.#options = options;
    this.#own.init(options);
  }

  async increment(key: string): Promise<IncrementResponse> {
    try {
      return await (await this.#reach()).increment(key);
    } catch {
      return this.#own.increment(key);
    }
  }

  async #reach(): Promise<RedisStore> {
    if (!this.#redis.isReady) throw new Error("Redis is away");
    if (this.#shared) return this.#shared;
    const sendCommand = (...command: string[]) => within(500, this.#redis.sendCommand(command));
    const store = new RedisStore({ prefix: this.#prefix, sendCommand });
    if (this.#options) await store.init(this.#options);
    return (this.#shared = store);
  }

  async decrement(key: string): Promise<void> {
    await this.#own.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.#own.resetKey(key);
  }
}
