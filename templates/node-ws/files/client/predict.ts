import { move, type Entity, type Input } from "../shared/sim.ts";
import type { Snapshot, View } from "../shared/wire.ts";

/** Others are drawn this far in the past, so that there is a snapshot on either side to draw between. */
const DELAY_TICKS = 2;
const KEPT = 64;

/** Our own player: shown where our inputs will have taken it once the server has used them. */
export class Prediction {
  #pending: Input[] = [];
  self: Entity | undefined;

  apply(input: Input): void {
    this.#pending.push(input);
    if (this.self) move(this.self, input);
  }

  /** The server's word counts; what it has not used yet is done again on top of it. */
  correct(server: Readonly<Entity> | undefined, used: number): void {
    this.#pending = this.#pending.filter((input) => input.seq > used);
    this.self = server && { ...server };
    for (const input of this.#pending) if (this.self) move(this.self, input);
  }
}

/** The last snapshots: what the next differs from, and what to draw between. */
export class Snapshots {
  readonly views = new Map<number, View>();
  #newest = 0;
  #newestAt = 0;

  constructor(private readonly tickMs: number) {}

  add({ tick, view }: Snapshot, now: number): void {
    this.views.set(tick, view);
    this.#newest = tick;
    this.#newestAt = now;
    const [oldest] = this.views.keys();
    if (this.views.size > KEPT && oldest !== undefined) this.views.delete(oldest);
  }

  /** Where everything is at this moment, a little in the past. */
  at(now: number): Entity[] {
    const time = this.#newest + Math.min(1, (now - this.#newestAt) / this.tickMs) - DELAY_TICKS;
    const before = this.views.get(Math.floor(time));
    const after = this.views.get(Math.floor(time) + 1);
    const latest = this.views.get(this.#newest);
    if (!before || !after) return [...(latest?.values() ?? [])];
    const part = time - Math.floor(time);
    return [...after.values()].map((entity) => {
      const from = before.get(entity.id) ?? entity;
      const x = from.x + (entity.x - from.x) * part;
      const y = from.y + (entity.y - from.y) * part;
      return { ...entity, x, y };
    });
  }
}
