import { randomUUID } from "node:crypto";
import cors from "cors";
import type { RequestHandler, Response } from "express";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import { RedisStore, type RedisReply } from "rate-limit-redis";
import { Problem } from "./problems.ts";

/** What is used of a Redis client. */
export interface Redis {
  sendCommand(command: string[]): Promise<RedisReply>;
  ping(): Promise<unknown>;
}

export function requestId(res: Response): string {
  return res.locals["requestId"] as string;
}

/** Takes over a request id that is safe to log and echo, or makes one. */
export const identify: RequestHandler = (req, res, next) => {
  const given = req.get("x-request-id") ?? "";
  const id = /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
  res.locals["requestId"] = id;
  res.setHeader("X-Request-Id", id);
  next();
};

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
    next(foreign && !reads ? new Problem(403, "this origin may not write here") : undefined);
  };
}

/**
 * At most `limit` requests a minute and client; 0 is no limit. The count is kept in Redis where
 * there is one, so that all processes share it; while Redis is away requests pass.
 */
export function limitRate(name: string, limit: number, redis?: Redis): RequestHandler {
  if (limit === 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    identifier: name,
    passOnStoreError: true,
    handler: (_req, _res, next) => next(new Problem(429, `at most ${limit} requests a minute`)),
    ...(redis && {
      store: new RedisStore({
        prefix: `limit:${name}:`,
        sendCommand: (...args: string[]) => redis.sendCommand(args),
      }),
    }),
  });
}
