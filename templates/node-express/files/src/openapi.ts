// Each route is declared once: its contract checks the request, types the handler and is the
// route's entry in /openapi.json.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { static as files, Router, type Request, type RequestHandler, type Response } from "express";
import type { z } from "zod";
import {
  createDocument,
  type CreateDocumentOptions,
  type ZodOpenApiComponentsObject,
  type ZodOpenApiPathsObject,
} from "zod-openapi";
import { invalid, onlyAllow, Problem } from "./problems.ts";
import { Problem as ProblemBody } from "./shared/api.ts";

export interface Contract {
  summary: string;
  /** Refuses whoever is not signed in; the handler is given the `user`. */
  signedIn?: boolean;
  /** What a request passes through before it is checked. */
  before?: readonly RequestHandler[];
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodObject;
  /** What a success answers, and all of it: what the schema does not name is left out. */
  reply?: z.ZodType;
  /** The handler writes the answer itself. */
  stream?: boolean;
  /** Of a success: 200 by default, or 204 without a reply. */
  status?: number;
  /** Statuses that this route answers beside those that follow from the above. */
  problems?: readonly number[];
}

export interface User {
  id: string;
}

/** What a request brings, as far as its contract names it. */
type Input<C extends Contract> = {
  [Part in "params" | "query" | "headers" | "body" as C[Part] extends z.ZodType ? Part : never]: z.output<
    C[Part] & z.ZodType
  >;
} & (C extends { signedIn: true } ? { user: User } : unknown);

type Reply<C extends Contract> = C extends { reply: infer R extends z.ZodType } ? Promise<z.input<R>> : Promise<void>;

/** What a handler may say beside its reply. */
export type Head = Pick<Response, "set" | "location" | "cookie" | "clearCookie">;

type Method = "get" | "post" | "put" | "patch" | "delete";
type Routes = Map<string, Contract>;

/** Who is signed in, or a Problem of status 401. */
export type Guard = (req: Request, res: Response) => Promise<User>;

/** The user that a route's guard has let pass, for what runs `before` it is checked. */
export function userOf(res: Pick<Response, "locals">): User {
  const user = res.locals["user"] as User | undefined;
  if (!user) throw new Error("only a route with `signedIn: true` has a user");
  return user;
}

/** A router whose routes are contracts. */
export class Api {
  readonly router = Router();
  readonly routes: Routes = new Map();
  readonly #guard: RequestHandler;

  /** Without a guard nobody is signed in. */
  constructor(guard: Guard = () => Promise.reject(new Problem(401))) {
    this.#guard = async (req, res, next) => {
      res.locals["user"] = await guard(req, res);
      next();
    };
  }

  /** Declares a route, in OpenAPI's form: `GET /v1/notes/{id}`. */
  on<const C extends Contract>(
    route: `${Uppercase<Method>} /${string}`,
    contract: C,
    handler: (input: Input<C>, res: C extends { stream: true } ? Response : Head, req: Request) => Reply<C>,
  ): void {
    this.routes.set(route, contract);
    const { method, path } = split(route);
    const before = [...(contract.signedIn ? [this.#guard] : []), ...(contract.before ?? [])];
    this.router[method](path.replace(/\{(\w+)\}/g, ":$1"), ...before, async (req, res) => {
      const user = contract.signedIn ? { user: userOf(res) } : {};
      const reply = await handler({ ...check(contract, req), ...user } as Input<C>, res, req);
      if (contract.reply) res.status(contract.status ?? 200).json(fit(contract.reply, reply));
      else if (!res.headersSent) res.status(contract.status ?? 204).end();
    });
  }

  /** Goes after all routes: refuses the methods that a path does not have. */
  readonly otherMethods: RequestHandler = (req, res, next) => {
    const methods = [...this.routes.keys()].map(split).flatMap(({ method, path }) => {
      const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}/?$`, "i");
      if (!pattern.test(req.path)) return [];
      return method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()];
    });
    if (methods.length === 0) next();
    else onlyAllow(...methods)(req, res, next);
  };
}

/** A reply as its schema has it. One that does not fit is a fault of ours; its values are not for the log. */
function fit(schema: z.ZodType, reply: unknown): unknown {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  const where = result.error.issues.map(({ path, code }) => `${path.join(".")} (${code})`);
  throw new Error(`the reply is not what its contract says: ${where.slice(0, 10).join(", ")}`);
}

function split(route: string): { method: Method; path: string } {
  const [method = "", path = ""] = route.split(" ");
  return { method: method.toLowerCase() as Method, path };
}

function parse<S extends z.ZodObject>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(where === "body" ? 422 : 400, where, result.error);
  return result.data;
}

/** The headers that a schema names, for what runs `before` a request is checked. */
export function headersOf<S extends z.ZodObject>(schema: S, req: Request): z.output<S> {
  const given = Object.keys(schema.shape).map((name) => [name, req.get(name)] as const);
  return parse(schema, Object.fromEntries(given), "header");
}

function check(contract: Contract, req: Request): Record<string, unknown> {
  const { params, query, headers, body } = contract;
  if (body && !req.is("application/json")) throw new Problem(415, "the body must be application/json");
  return {
    ...(params && { params: parse(params, req.params, "path") }),
    ...(query && { query: parse(query, req.query, "query") }),
    ...(headers && { headers: headersOf(headers, req) }),
    ...(body && { body: parse(body, req.body, "body") }),
  };
}

function describe(title: string, routes: Routes, securitySchemes: SecuritySchemes) {
  const paths: ZodOpenApiPathsObject = {};
  for (const [route, { summary, signedIn, params, query, headers, body, reply, status, problems }] of routes) {
    const { method, path } = split(route);
    const codes = new Set([429, 503, ...(problems ?? [])]);
    if (params) codes.add(404);
    if (params || query || headers) codes.add(400);
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
  const info = { title, version: "1.0.0" };
  return createDocument(
    { openapi: "3.1.0", info, paths, components: { securitySchemes } },
    { override: interoperable },
  );
}

/**
 * Where a format says it, zod's own pattern for it is left out: it uses what readers of JSON Schema need not know. What an
 * address is, they do not agree on: there the pattern says it.
 */
const interoperable: NonNullable<CreateDocumentOptions["override"]> = ({ jsonSchema }) => {
  if (jsonSchema.format === "email") delete jsonSchema.format;
  if ("format" in jsonSchema) delete jsonSchema.pattern;
};

type SecuritySchemes = NonNullable<ZodOpenApiComponentsObject["securitySchemes"]>;

/** /openapi.json, which is made once, and Swagger UI on it at /docs. */
export function documentation(title: string, routes: Routes, security: SecuritySchemes): Router {
  const router = Router();
  const document = JSON.stringify(describe(title, routes, security));
  const start = 'SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true });\n';
  for (const [path, type, text] of [
    ["/openapi.json", "json", document],
    ["/docs", "html", docs.replaceAll("TITLE", title)],
    ["/docs/start.js", "js", start],
  ] as const) {
    const route = router.route(path);
    route.get((_req, res) => res.type(type).send(text)).all(onlyAllow("GET", "HEAD"));
  }
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
