import { compareIds, START, type ChatMessage, type Person } from "../../shared/protocol.ts";
import { KEPT, type Bus, type Listener, type NewMessage, type Page } from "./bus.ts";

/** What a message, and a room, cost beside the text that is in them. */
const MESSAGE = 512;
const ROOM = 1024;

class Log {
  messages: ChatMessage[] = [];
  nonces = new Set<string>();
  forgotten = false;
}

/**
 * The bus of a single process. History lives as long as the process, in so many bytes: beyond them the oldest messages of
 * the longest silent rooms are forgotten.
 */
export class MemoryBus implements Bus {
  readonly #logs = new Map<string, Log>();
  readonly #listeners = new Map<string, Listener>();
  readonly #people = new Map<string, Person[]>();
  #ms = 0;
  #seq = 0;
  #bytes = 0;

  constructor(
    private readonly limit: number,
    private readonly now = Date.now,
  ) {}

  /** What the history takes, counted from above. */
  get bytes(): number {
    return this.#bytes;
  }

  open(room: string, listener: Listener): Promise<void> {
    this.#listeners.set(room, listener);
    return Promise.resolve();
  }

  close(room: string): void {
    this.#listeners.delete(room);
    this.#people.delete(room);
  }

  append(room: string, { from, text, at, nonce }: NewMessage): Promise<void> {
    const log = this.#log(room);
    const key = `${from.id} ${nonce}`;
    if (log.nonces.has(key)) return Promise.resolve();
    const message = { id: this.#nextId(), from, text, at, nonce };
    log.nonces.add(key);
    log.messages.push(message);
    this.#bytes += size(message);
    if (log.messages.length > KEPT) this.#forgetOne(log);
    this.#forget();
    this.#listeners.get(room)?.message(message);
    return Promise.resolve();
  }

  read(room: string, after: string | undefined, limit: number): Promise<Page> {
    const { messages = [], forgotten = false } = this.#logs.get(room) ?? {};
    if (after === undefined) {
      return Promise.resolve({ messages: messages.slice(-limit), gap: false, more: false });
    }
    const found = messages.findIndex((message) => compareIds(message.id, after) > 0);
    const rest = found < 0 ? [] : messages.slice(found);
    const known = messages.some((message) => message.id === after);
    const gap = after === START ? forgotten : !known;
    return Promise.resolve({ messages: rest.slice(0, limit), gap, more: rest.length > limit });
  }

  announce(room: string, people: Person[]): Promise<void> {
    this.#people.set(room, people);
    this.#listeners.get(room)?.people();
    return Promise.resolve();
  }

  people(room: string): Promise<Person[]> {
    return Promise.resolve(this.#people.get(room) ?? []);
  }

  check(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** The log of a room, which thereby becomes the one last used. */
  #log(room: string): Log {
    const log = this.#logs.get(room) ?? new Log();
    this.#logs.delete(room);
    this.#logs.set(room, log);
    return log;
  }

  /** Makes room, from the room that has been silent for longest on. */
  #forget(): void {
    for (const [room, log] of this.#logs) {
      while (this.#bytes + this.#logs.size * ROOM > this.limit && log.messages.length > 0) this.#forgetOne(log);
      if (log.messages.length > 0) return;
      this.#logs.delete(room);
    }
  }

  #forgetOne(log: Log): void {
    const oldest = log.messages.shift();
    if (!oldest) return;
    log.nonces.delete(`${oldest.from.id} ${oldest.nonce}`);
    log.forgotten = true;
    this.#bytes -= size(oldest);
  }

  /** `milliseconds-sequence`, and never back when the clock goes back. */
  #nextId(): string {
    const now = this.now();
    this.#seq = now > this.#ms ? 0 : this.#seq + 1;
    this.#ms = Math.max(now, this.#ms);
    return `${this.#ms}-${this.#seq}`;
  }
}

/** Characters take up to two bytes, those of id, sender and nonce as part of the nonce's key once more. */
function size({ id, from, text, nonce }: ChatMessage): number {
  return MESSAGE + 2 * (text.length + id.length + 2 * (from.id.length + from.name.length + nonce.length));
}
