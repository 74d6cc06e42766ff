import { DrizzleQueryError } from "drizzle-orm";
import type { RequestHandler } from "express";
import { destination, pino, type DestinationStream, type Logger } from "pino";
import { requestId } from "./security.ts";

export type Log = Logger;

/** One JSON line per event on stdout, written without blocking; flush it before the process ends. */
export function createLog(level: string): { log: Log; flush: () => void } {
  const out = destination({ dest: 1, sync: false });
  return {
    log: logTo(out, level),
    flush: () => out.flushSync(),
  };
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
