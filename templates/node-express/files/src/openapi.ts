// Each route is declared once: its contract checks the request, types the handler and is the
// route's entry in /openapi.json.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { static as files, Router, type Request, type RequestHandler, type Response } from "express";
import type { z } from "zod";
import { createDocument, type ZodOpenApiComponentsObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { invalid, Problem } from "./problems.ts";
import { Problem as ProblemBody } from "./shared/api.ts";

type Fields = z.ZodObject;

export interface Contract<P extends Fields, Q extends Fields, B extends Fields, R extends z.ZodType> {
  summary: string;
  /** Refuses whoever is not signed in. */
  signedIn?: boolean;
  /** What a request passes through before it is checked. */
  before?: RequestHandler[];
  params?: P;
  query?: Q;
  headers?: Fields;
  body?: B;
  /** What a success answers; absent where its body is empty or streamed. */
  reply?: R;
  /** Of a success: 200 by default, or 204 without a reply. */
  status?: number;
  /** Statuses that this route answers beside those that follow from the above. */
  problems?: number[];
}

type AnyContract = Contract<Fields, Fields, Fields, z.ZodType>;
type Method = "get" | "post" | "put" | "patch" | "delete";
type Routes = Map<string, AnyContract>;

interface Input<P extends Fields, Q extends Fields, B extends Fields> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
}

/** A router whose routes are contracts. */
export class Api {
  readonly router = Router();
  readonly routes: Routes = new Map();
  readonly #guard: RequestHandler;

  /** `guard` lets those pass who are signed in; without one nobody is. */
  constructor(guard: RequestHandler = refuse) {
    this.#guard = guard;
  }

  /** Declares a route, in OpenAPI's form: `GET /v1/notes/{id}`. */
  on<P extends Fields, Q extends Fields, B extends Fields, R extends z.ZodType>(
    route: `${Uppercase<Method>} /${string}`,
    contract: Contract<P, Q, B, R>,
    handler: (input: Input<P, Q, B>, res: Response, req: Request) => Promise<z.input<R>>,
  ): void {
    this.routes.set(route, contract);
    const { method, path } = split(route);
    const before = [...(contract.signedIn ? [this.#guard] : []), ...(contract.before ?? [])];
    this.router[method](path.replace(/\{(\w+)\}/g, ":$1"), ...before, async (req, res) => {
      const reply = await handler(check(contract, req), res, req);
      if (contract.reply) res.status(contract.status ?? 200).json(reply);
      else if (!res.headersSent) res.status(contract.status ?? 204).end();
    });
  }
}

function split(route: string): { method: Method; path: string } {
  const [method = "", path = ""] = route.split(" ");
  return { method: method.toLowerCase() as Method, path };
}

const refuse: RequestHandler = () => {
  throw new Problem(401);
};

function check<P extends Fields, Q extends Fields, B extends Fields>(
  contract: Contract<P, Q, B, z.ZodType>,
  req: Request,
): Input<P, Q, B> {
  const parse = <T extends Fields>(schema: T | undefined, value: unknown, where: string): z.output<T> => {
    if (!schema) return {} as z.output<T>;
    const result = schema.safeParse(value);
    if (!result.success) throw invalid(where === "body" ? 422 : 400, where, result.error);
    return result.data;
  };
  const params = parse(contract.params, req.params, "path");
  const query = parse(contract.query, req.query, "query");
  if (contract.body && !req.is("application/json")) {
    throw new Problem(415, "the body must be application/json");
  }
  return { params, query, body: parse(contract.body, req.body, "body") };
}

function describe(title: string, routes: Routes, securitySchemes: SecuritySchemes) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [route, { summary, signedIn, params, query, headers, body, reply, status, problems }] of routes) {
    const { method, path } = split(route);
    const codes = new Set([429, ...(problems ?? [])]);
    if (params) codes.add(404);
    if (params || query) codes.add(400);
    if (signedIn) codes.add(401);
    if (body) for (const code of [400, 413, 415, 422]) codes.add(code);
    if (method !== "get") codes.add(403);
    const problem = { description: "Problem", content: { "application/problem+json": { schema: ProblemBody } } };
    (paths[path] ??= {})[method] = {
      summary,
      tags: [path.split("/")[2] ?? ""],
      operationId: route.toLowerCase().replace(/\W+(\w)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? ""),
      ...(signedIn && { security: [{ user: [] }] }),
      requestParams: { ...(params && { path: params }), ...(query && { query }), ...(headers && { header: headers }) },
      ...(body && { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
      responses: {
        [status ?? (reply ? 200 : 204)]: {
          description: "Success",
          ...(reply && { content: { "application/json": { schema: reply } } }),
        },
        ...Object.fromEntries([...codes].map((code) => [code, problem])),
      },
    };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title, version: "1.0.0" },
    paths,
    components: { securitySchemes },
  });
}

type SecuritySchemes = NonNullable<ZodOpenApiComponentsObject["securitySchemes"]>;

/** /openapi.json, which is made once, and Swagger UI on it at /docs. */
export function documentation(title: string, routes: Routes, security: SecuritySchemes): Router {
  const router = Router();
  const document = JSON.stringify(describe(title, routes, security));
  router.get("/openapi.json", (_req, res) => res.type("json").send(document));
  router.get("/docs", (_req, res) => res.type("html").send(docs.replaceAll("TITLE", title)));
  router.get("/docs/start.js", (_req, res) => {
    res.type("js").send('SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true });\n');
  });
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  router.use("/docs", files(swagger, { index: false, redirect: false }));
  return router;
}

const docs = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <title>TITLE API</title>
  <link rel="icon" href="data:," />
  <link rel="stylesheet" href="/docs/swagger-ui.css" />
  <main id="docs"></main>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</html>
`;
