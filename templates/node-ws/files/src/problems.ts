import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";

/** An error that the client may read, sent as application/problem+json (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail?: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(title);
  }

  body(requestId: string): string {
    const { status, title, detail } = this;
    return JSON.stringify({ type: "about:blank", title, status, detail, requestId });
  }
}

/** A part that we need is away for now. Whoever comes back later may be served. */
export class Unavailable extends Problem {
  constructor(
    title: string,
    /** For the log: it may name what is no client's business. */
    readonly reason: string | undefined,
  ) {
    super(503, title, undefined, { "retry-after": "5" });
  }
}

/** The caller's id where it is harmless to log and echo, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The path as sent: without the query, and not decoded. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

export function sendProblem(response: ServerResponse, problem: Problem, id: string): void {
  response.writeHead(problem.status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...problem.headers,
  });
  response.end(problem.body(id));
}
