// Errors as application/problem+json (RFC 9457), always with the request id.
import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { z } from "zod";
import { isUnavailable } from "./db.ts";
import { requestId, type Log } from "./log.ts";
import type { Problem as ProblemBody } from "./shared/api.ts";

/** An error that is the client's to see. Anything else that is thrown becomes a bare 500. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail?: string,
    readonly errors?: { path: string; message: string }[],
  ) {
    super(detail ?? STATUS_CODES[status]);
  }
}

/** What a schema found wrong, the first 50 of it, each with the path of its field: `body.title`. */
export function invalid(status: number, where: string, error: z.ZodError): Problem {
  const errors = error.issues.slice(0, 50).map(({ path, message }) => ({
    path: [where, ...path].join(".").slice(0, 200),
    message: message.slice(0, 200),
  }));
  return new Problem(status, `the ${where} is not valid`, errors);
}

export const notFound: RequestHandler = () => {
  throw new Problem(404);
};

/** For a path that is known, and whose other methods are. */
export function onlyAllow(...methods: string[]): RequestHandler {
  return (req, res) => {
    res.set("Allow", methods.join(", "));
    if (req.method !== "OPTIONS") throw new Problem(405);
    res.status(204).end();
  };
}

/** The bytes that a request's body may have, on every route. */
export const maxBody = 64 * 1024;

/** Refuses a body that is announced as too large, or that could go on for ever and that no parser reads. */
export const limitBody: RequestHandler = (req, _res, next) => {
  if (Number(req.get("content-length") ?? 0) > maxBody) throw new Problem(413, parserDetails["entity.too.large"]);
  const endless = req.get("transfer-encoding") !== undefined && !req.is("application/json");
  next(endless ? new Problem(411, "the body's length is needed") : undefined);
};

export function sendProblems(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : (fromParser(error) ?? fromInside(error));
    if (problem.status >= 500) log.error({ requestId: requestId(res), err: error }, "request failed");
    if (problem.status === 503) res.set("Retry-After", "5");
    // What is still to come of a body that is refused is not read.
    if ([411, 413].includes(problem.status) || req.get("transfer-encoding")) res.set("Connection", "close");
    const body: z.input<typeof ProblemBody> = {
      type: "about:blank",
      title: STATUS_CODES[problem.status] ?? "Error",
      status: problem.status,
      ...(problem.detail === undefined ? {} : { detail: problem.detail }),
      requestId: requestId(res),
      ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    };
    res.status(problem.status).type("application/problem+json").send(JSON.stringify(body));
  };
}

/** A database that is away or locked is no fault of this program, and may be asked again; all else is a bare 500. */
function fromInside(error: unknown): Problem {
  return isUnavailable(error) ? new Problem(503, "the database is not available: try again") : new Problem(500);
}

const parserDetails: Record<string, string> = {
  "entity.parse.failed": "the body is not valid JSON",
  "entity.too.large": "the body is larger than 64 KiB",
  "encoding.unsupported": "the content encoding is not supported",
  "charset.unsupported": "the charset is not supported",
  "request.size.invalid": "the body does not have the announced length",
};

/** Express's and its body parser's own errors carry a status; their message may not be ours to show. */
function fromParser(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  const status = Number(error.status);
  if (!(status >= 400 && status < 500)) return undefined;
  return new Problem(status, "type" in error ? parserDetails[String(error.type)] : undefined);
}
