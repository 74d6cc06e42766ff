import type { Person } from "../../shared/protocol.ts";
import type { Bus } from "../bus/bus.ts";

export interface Change {
  joined: Person[];
  left: string[];
  count: number;
}

interface Options {
  bus: Bus;
  room: string;
  /** Sends a change to everyone in the room on this process. */
  tell: (change: Change) => void;
  failed: (error: unknown) => void;
}

/**
 * Who is in a room. Comings and goings are gathered and told as differences, the rarer the fuller the
 * room is: a thousand people joining cost each of them a few frames, not a thousand.
 */
export class Presence {
  readonly #here = new Map<string, { person: Person; connections: number }>();
  #shown = new Map<string, Person>();
  #changed = false;
  #timer: NodeJS.Timeout | undefined;
  #flushing = false;
  /** Something changed while a flush was under way. */
  #again = false;
  #stopped = false;

  constructor(private readonly options: Options) {}

  /** Everyone the room has been told about. */
  get shown(): Person[] {
    return [...this.#shown.values()];
  }

  enter({ id, name }: Person): void {
    const entry = this.#here.get(id);
    if (entry) entry.connections += 1;
    else this.#here.set(id, { person: { id, name }, connections: 1 });
    if (!entry) this.#change();
  }

  exit(id: string): void {
    const entry = this.#here.get(id);
    if (!entry || --entry.connections > 0) return;
    this.#here.delete(id);
    this.#change();
  }

  /** Somebody came or went on any process. */
  stale(): void {
    if (this.#stopped) return;
    if (this.#flushing) {
      this.#again = true;
      return;
    }
    const wait = Math.min(50 + this.#shown.size * 2, 2000);
    this.#timer ??= setTimeout(() => void this.flush(), wait);
  }

  async flush(): Promise<void> {
    const { bus, room, tell, failed } = this.options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = true;
    this.#again = false;
    try {
      if (this.#changed) {
        this.#changed = false;
        const here = [...this.#here.values()].map((entry) => entry.person);
        await bus.announce(room, here);
      }
      const change = this.#compare(await bus.people(room));
      if (change.joined.length > 0 || change.left.length > 0) tell(change);
    } catch (error) {
      this.#changed = true;
      failed(error);
    } finally {
      this.#flushing = false;
      if (this.#pending()) this.stale();
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #pending(): boolean {
    return this.#changed || this.#again;
  }

  #change(): void {
    this.#changed = true;
    this.stale();
  }

  #compare(people: Person[]): Change {
    const now = new Map(people.map((person) => [person.id, person]));
    const joined = people.filter((person) => !this.#shown.has(person.id));
    const left = [...this.#shown.keys()].filter((id) => !now.has(id));
    this.#shown = now;
    return { joined, left, count: now.size };
  }
}
