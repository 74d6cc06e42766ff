import { randomUUID } from "node:crypto";
import { DrizzleQueryError } from "drizzle-orm";
import type { RequestHandler, Response } from "express";
import { pino, type DestinationStream, type Logger } from "pino";
import { openStdout } from "./stdout.ts";

export type Log = Logger;

/** One JSON line per event on stdout; `end` writes what is left and ends the process. */
export function createLog(level: string): { log: Log; end: (code: number) => void } {
  const { out, end } = openStdout();
  return { log: logTo(out, level), end };
}

export function logTo(out: DestinationStream, level: string): Log {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err } };
  return pino({ level, ...options }, out);
}

/** Of an error what helps to find it. A database's errors also hold what people entered. */
function err(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const root = error instanceof DrizzleQueryError && error.cause ? error.cause : error;
  return {
    name: root.name,
    code: (root as NodeJS.ErrnoException).code,
    message: root.message,
    stack: root.stack,
  };
}

export function requestId(res: Pick<Response, "locals">): string {
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

/** Logs each answered request: no query, headers or body, since those can hold secrets. */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const start = performance.now();
    res.once("close", () => {
      log.info(
        {
          requestId: requestId(res),
          method: req.method,
          path: req.originalUrl.split("?", 1)[0],
          status: res.statusCode,
          ms: Math.round((performance.now() - start) * 10) / 10,
          ...(res.writableFinished ? {} : { aborted: true }),
        },
        "request",
      );
    });
    next();
  };
}
