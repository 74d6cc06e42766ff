import type { Input } from "../../shared/sim.ts";

/** Inputs that wait at most, and how many may be made up for after a network pause. */
const WAITING = 8;
const RESERVE = 4;

/**
 * The inputs of one player on their way into the world: each used once, in order, and in the long run
 * one a tick, however many are sent.
 */
export class Inputs {
  /** The last one used, for the client to know what to predict from. */
  used = 0;
  #newest = 0;
  #credit = 1;
  readonly #waiting: Input[] = [];

  /** False for what is old, repeated or too much. */
  add(input: Input): boolean {
    if (input.seq <= this.#newest || this.#waiting.length >= WAITING) return false;
    this.#newest = input.seq;
    this.#waiting.push(input);
    return true;
  }

  /** What to apply this tick. Usually one; more only to use up what a pause has saved. */
  take(): Input[] {
    this.#credit = Math.min(RESERVE, this.#credit + 1);
    const many = this.#waiting.length > 2 ? Math.min(2, this.#credit) : 1;
    const inputs = this.#waiting.splice(0, many);
    this.#credit -= inputs.length;
    this.used = inputs.at(-1)?.seq ?? this.used;
    return inputs;
  }
}
