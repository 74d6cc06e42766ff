import type { Conn } from "./conn.ts";

/** What a write that waits costs beside its bytes. */
const WRITE = 256;
const LOOK_EVERY = 50;

/**
 * What waits to be sent by all connections of this process together, in bytes. Most of what is written is gone at once
 * and never counted.
 */
export class Queue {
  #bytes = 0;
  #relieving = false;
  readonly #waiting = new Set<Conn>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly limit: number,
    /** Cuts connections off, until that lets go of so many bytes. */
    private readonly relieve: (bytes: number) => void,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (bytes < 0 || this.#bytes <= this.limit || this.#relieving) return;
    this.#settle();
    if (this.#bytes <= this.limit) return;
    this.#relieving = true; // once a turn: who is cut off lets go after it
    setImmediate(() => (this.#relieving = false));
    this.relieve(this.#bytes - this.limit * 0.75);
  }

  /** From now on the connection is asked again and again what has gone out. */
  watch(conn: Conn): void {
    this.#waiting.add(conn);
    this.#timer ??= setInterval(() => this.#settle(), LOOK_EVERY).unref();
  }

  #settle(): void {
    for (const conn of this.#waiting) if (conn.settle()) this.#waiting.delete(conn);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Bytes for one or for many. They are one piece of memory, so they count once, while any receiver still waits. */
export class Frame {
  #holders = 0;

  constructor(
    readonly data: Uint8Array,
    private readonly queue: Queue,
  ) {}

  hold(): void {
    this.#holders += 1;
    this.queue.add(this.#holders === 1 ? this.data.length + WRITE : WRITE);
  }

  release(): void {
    this.#holders -= 1;
    this.queue.add(-(this.#holders === 0 ? this.data.length + WRITE : WRITE));
  }
}
