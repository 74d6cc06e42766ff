import { compareIds, START, type ChatMessage } from '../../shared/protocol.js';
import type { Bus, Page } from '../bus/bus.js';

/** Messages a newcomer gets, and the most that one answer holds. */
const LATEST = 50;
const PAGE = 100;

/**
 * Brings one client from its cursor to the present. Messages said while the past is being read wait in
 * `late`, so that none is lost between the two and none comes twice.
 */
export class CatchUp {
  readonly #late: ChatMessage[] = [];

  constructor(private readonly after: string | undefined) {}

  hold(message: ChatMessage): void {
    this.#late.push(message);
  }

  async read(bus: Bus, room: string): Promise<Page> {
    const page = await bus.read(room, this.after, this.after === undefined ? LATEST : PAGE);
    if (page.more) return page; // the client asks again, and holds on from there
    const last = page.messages.at(-1)?.id ?? this.after ?? START;
    const late = this.#late.filter((message) => compareIds(message.id, last) > 0);
    return { ...page, messages: [...page.messages, ...late] };
  }
}
