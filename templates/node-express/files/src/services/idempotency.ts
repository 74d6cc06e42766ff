import { createHash } from "node:crypto";
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import type { RequestHandler, Response } from "express";
import { z } from "zod";
import type { Db } from "../db.ts";
import { headersOf } from "../openapi.ts";
import { Problem } from "../problems.ts";
import { idempotencyKeys as keys } from "../schema.ts";

/** For a contract's `headers`. */
export const IdempotencyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .regex(/^[!-~]{1,255}$/, "must be 1 to 255 visible ASCII characters")
    .optional(),
});

const kept = ["location", "etag"];

/**
 * A request with an Idempotency-Key is carried out once; sent again it gets the first answer, for a
 * day. The same key with another body is a 422, and while the first is still under way a 409.
 */
export function idempotent(db: Db, owner: (res: Response) => string): RequestHandler {
  return async (req, res, next) => {
    const { "Idempotency-Key": key } = headersOf(IdempotencyHeader, req);
    if (key === undefined) {
      next();
      return;
    }
    const row = and(eq(keys.owner, owner(res)), eq(keys.key, key));
    const request = `${req.method} ${req.originalUrl} ${JSON.stringify(req.body)}`;
    const fingerprint = createHash("sha256").update(request).digest("base64url");

    // Old answers go, and so does a request that a crash left unanswered.
    await db.delete(keys).where(lt(keys.createdAt, sql`now() - interval '1 day'`));
    await db.delete(keys).where(and(row, isNull(keys.status), lt(keys.createdAt, sql`now() - interval '1 minute'`)));
    const mine = await db
      .insert(keys)
      .values({ owner: owner(res), key, fingerprint })
      .onConflictDoNothing()
      .returning({ key: keys.key });
    if (mine.length === 0) {
      const [first] = await db.select().from(keys).where(row);
      if (first?.fingerprint !== fingerprint)
        throw new Problem(422, "this Idempotency-Key was used for another request");
      if (first.status === null) throw new Problem(409, "the first request with this Idempotency-Key is under way");
      res.set({ ...first.headers, "Idempotency-Replayed": "true" });
      res.status(first.status).json(first.body);
      return;
    }

    // A success is kept before it is sent; after a failure the key may be used again.
    const json = res.json.bind(res);
    res.json = (body: unknown) => {
      const headers = Object.fromEntries(
        kept.flatMap((name) => (res.get(name) === undefined ? [] : [[name, res.get(name) ?? ""]])),
      );
      db.update(keys)
        .set({ status: res.statusCode, headers, body })
        .where(row)
        .then(() => json(body), next);
      return res;
    };
    res.once("close", () => {
      if (res.statusCode >= 400 || !res.writableFinished) {
        db.delete(keys)
          .where(and(row, isNull(keys.status)))
          .catch(() => {});
      }
    });
    next();
  };
}
