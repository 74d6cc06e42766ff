import { compareIds, START, type ChatMessage } from "../../shared/protocol.ts";
import type { Bus, Page } from "../bus/bus.ts";

/** Messages a newcomer gets, and the most that one answer holds. */
const LATEST = 50;
const PAGE = 100;
/** Characters of text in one answer, and as many that may wait for it: what is left the client asks for. */
const CHARACTERS = 64 * 1024;

/**
 * Brings one client from its cursor to the present. Messages said while the past is being read wait in
 * `late`, so that none is lost between the two and none comes twice.
 */
export class CatchUp {
  #late: ChatMessage[] = [];
  #waiting = 0;
  /** Too much came meanwhile. */
  #missed = false;

  constructor(private readonly after: string | undefined) {}

  hold(message: ChatMessage): void {
    this.#late.push(message);
    this.#waiting += message.text.length;
    if (this.#waiting > CHARACTERS || this.#late.length > PAGE) {
      this.#late = [];
      this.#missed = true;
    }
  }

  async read(bus: Bus, room: string): Promise<Page> {
    const page = this.#fit(await bus.read(room, this.after, this.after === undefined ? LATEST : PAGE));
    // The client asks again, and holds on from there.
    if (page.more || this.#missed) return { ...page, more: true };
    const last = page.messages.at(-1)?.id ?? this.after ?? START;
    const late = this.#late.filter((message) => compareIds(message.id, last) > 0);
    return { ...page, messages: [...page.messages, ...late] };
  }

  /** As much as one answer holds: of the latest messages the last ones, else the first. */
  #fit(page: Page): Page {
    const newest = this.after === undefined;
    let left = CHARACTERS;
    const wanted = newest ? page.messages.toReversed() : page.messages;
    const count = wanted.findIndex(({ text }) => (left -= text.length) < 0);
    if (count < 0) return page;
    if (newest) return { ...page, messages: page.messages.slice(-count) };
    return { ...page, messages: page.messages.slice(0, count), more: true };
  }
}
