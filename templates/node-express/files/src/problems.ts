// Errors as application/problem+json (RFC 9457), always with the request id.
import { STATUS_CODES } from "node:http";
import type { ErrorRequestHandler, RequestHandler } from "express";
import type { z } from "zod";
import type { Log } from "./log.ts";
import { requestId } from "./security.ts";
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

/** What a schema found wrong, each with the path of its field: `body.title`. */
export function invalid(status: number, where: string, error: z.ZodError): Problem {
  const errors = error.issues.map(({ path, message }) => ({
    path: [where, ...path].join("."),
    message,
  }));
  return new Problem(status, `the ${where} is not valid`, errors);
}

export const notFound: RequestHandler = () => {
  throw new Problem(404);
};

export function sendProblems(log: Log): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : (fromParser(error) ?? new Problem(500));
    if (problem.status >= 500) log.error({ requestId: requestId(res), err: error }, "request failed");
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
