export interface Clock {
  now(): number;
  after(ms: number, run: () => void): void;
}

const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, ms),
};

/** After a longer pause, lost ticks are given up instead of being run all at once. */
const CATCH_UP = 5;

/**
 * Calls `tick` at a fixed rate. Each tick is due at start + n × period, so being late once does not
 * move all that follow.
 */
export class Loop {
  #running = false;
  #due = 0;

  constructor(
    private readonly rate: number,
    private readonly tick: () => void,
    private readonly skipped: (ticks: number) => void,
    private readonly clock: Clock = realClock,
  ) {}

  start(): void {
    this.#running = true;
    this.#due = this.clock.now();
    this.#next();
  }

  stop(): void {
    this.#running = false;
  }

  #next(): void {
    this.#due += 1000 / this.rate;
    this.clock.after(Math.max(0, this.#due - this.clock.now()), () => {
      if (!this.#running) return;
      const behind = Math.floor(((this.clock.now() - this.#due) / 1000) * this.rate);
      if (behind > CATCH_UP) {
        this.skipped(behind);
        this.#due += (behind * 1000) / this.rate;
      }
      this.tick();
      this.#next();
    });
  }
}
