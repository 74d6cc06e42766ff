import type { Response } from "express";
import { z } from "zod";
import { Problem } from "../problems.ts";

/** For a contract's `headers`. */
export const IfMatch = z.object({ "If-Match": z.string().optional() });

export function setVersion(res: Pick<Response, "set">, version: number): void {
  res.set("ETag", `"${version}"`);
}

/**
 * The versions that If-Match lets a write replace; undefined where it allows any. Give them to the
 * UPDATE's own WHERE: a check beforehand would not see what another request writes meanwhile.
 */
export function expectedVersions({ "If-Match": header }: z.output<typeof IfMatch>): number[] | undefined {
  if (header === undefined || header.trim() === "*") return undefined;
  return header.split(",").flatMap((tag) => {
    const [, version] = /^"(\d{1,9})"$/.exec(tag.trim()) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
}

export const stale = () => new Problem(412, "it was changed meanwhile: read it again");
