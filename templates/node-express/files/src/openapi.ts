// Each route is declared once: the contract checks the request, types the handler and is the
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
  method: "get" | "post" | "put" | "patch" | "delete";
  /** In the form of OpenAPI: `/v1/notes/{id}`. */
  path: string;
  summary: string;
  tag: string;
  /** Refuses whoever is not signed in. */
  signedIn?: boolean;
  params?: P;
  query?: Q;
  headers?: Fields;
  body?: B;
  status: number;
  /** What a success answers; absent for an empty or a streamed answer. */
  reply?: R;
  /** Statuses that this route answers beside those that follow from the above. */
  problems?: number[];
}

type AnyContract = Contract<Fields, Fields, Fields, z.ZodType>;

interface Input<P extends Fields, Q extends Fields, B extends Fields> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
}

export type Handler<P extends Fields, Q extends Fields, B extends Fields, R extends z.ZodType> = (
  input: Input<P, Q, B>,
  res: Response,
  req: Request,
) => Promise<z.input<R>>;

/** A router whose routes are contracts. */
export class Api {
  readonly router = Router();
  readonly contracts: AnyContract[] = [];
  readonly #guard: RequestHandler;

  /** `guard` lets those pass who are signed in; without one nobody is. */
  constructor(guard: RequestHandler = refuse) {
    this.#guard = guard;
  }

  on<P extends Fields, Q extends Fields, B extends Fields, R extends z.ZodType>(
    contract: Contract<P, Q, B, R>,
    ...stack: [...RequestHandler[], Handler<P, Q, B, R>]
  ): void {
    const handler = stack.pop() as Handler<P, Q, B, R>;
    const before = stack as unknown as RequestHandler[];
    this.contracts.push(contract as unknown as AnyContract);
    const path = contract.path.replace(/\{(\w+)\}/g, ":$1");
    if (contract.signedIn === true) before.unshift(this.#guard);
    this.router[contract.method](path, ...before, async (req, res) => {
      const reply = await handler(check(contract, req), res, req);
      if (contract.reply) res.status(contract.status).json(reply);
      else if (!res.headersSent) res.status(contract.status).end();
    });
  }
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

/** The OpenAPI document of these contracts. */
function describe(title: string, contracts: AnyContract[], securitySchemes: SecuritySchemes) {
  const paths: ZodOpenApiPathsObject = {};
  for (const contract of contracts) {
    const { method, path, summary, tag, params, query, headers, body, reply, status } = contract;
    const problems = new Set(contract.problems ?? []);
    if (params) problems.add(404);
    if (params || query) problems.add(400);
    if (contract.signedIn) problems.add(401);
    if (body) for (const code of [400, 413, 415, 422]) problems.add(code);
    if (method !== "get") problems.add(403);
    problems.add(429);
    (paths[path] ??= {})[method] = {
      summary,
      tags: [tag],
      operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`.replace(
        /\W/g,
        "",
      ),
      ...(contract.signedIn && { security: [{ user: [] }] }),
      requestParams: {
        ...(params && { path: params }),
        ...(query && { query }),
        ...(headers && { header: headers }),
      },
      ...(body && {
        requestBody: { required: true, content: { "application/json": { schema: body } } },
      }),
      responses: {
        [status]: {
          description: "Success",
          ...(reply && { content: { "application/json": { schema: reply } } }),
        },
        ...Object.fromEntries(
          [...problems].map((code) => [
            code,
            {
              description: "Problem",
              content: { "application/problem+json": { schema: ProblemBody } },
            },
          ]),
        ),
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
export function documentation(title: string, contracts: AnyContract[], security: SecuritySchemes): Router {
  const router = Router();
  const document = JSON.stringify(describe(title, contracts, security));
  router.get("/openapi.json", (_req, res) => {
    res.type("json").send(document);
  });
  router.get("/docs", (_req, res) => {
    res.type("html").send(docs.replaceAll("TITLE", title));
  });
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
