import { z } from "zod";
import { text } from "../shared/api.ts";

export const Note = z
  .object({
    id: z.guid(),
    title: z.string(),
    body: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Note" });
export type Note = z.infer<typeof Note>;

const title = text().trim().min(1, "a note needs a title").max(120);
const body = text().max(2_000);

export const NewNote = z.strictObject({ title, body: body.default("") }).meta({ id: "NewNote" });
export type NewNote = z.input<typeof NewNote>;

export const NoteChange = z.strictObject({ title: title.optional(), body: body.optional() }).meta({ id: "NoteChange" });
export type NoteChange = z.output<typeof NoteChange>;

export const NoteId = z.object({ id: z.guid() });

export const NoteQuery = z.object({
  after: z.guid().optional().meta({ description: "`next` of the page before" }),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const NotePage = z.object({ items: z.array(Note), next: z.guid().nullable() }).meta({ id: "NotePage" });
export type NotePage = z.infer<typeof NotePage>;
