import { near, SIGHT, type Entity } from "../../shared/sim.ts";
import { encodeSnapshot, type Sight } from "../../shared/wire.ts";

/** Views kept to build differences on: more than two seconds of unacknowledged ticks at 20 Hz, fewer in a crowd. */
const KEPT = 48;
const ENTITIES = 2000;
const EMPTY: Sight = [];

/** What one client has been shown, so that the next snapshot is only the difference. */
export class Views {
  #acknowledged = 0;
  readonly #sent = new Map<number, Sight>();
  /** In all views that are kept. */
  #entities = 0;

  /** The client has this tick. One we never sent counts as none: the next snapshot is a full one. */
  acknowledge(tick: number): void {
    this.#acknowledged = tick;
    for (const old of this.#sent.keys()) {
      if (old >= this.#acknowledged) break;
      this.#forget(old);
    }
  }

  snapshot(tick: number, seq: number, seen: Sight): Uint8Array {
    const base = this.#sent.has(this.#acknowledged) ? this.#acknowledged : 0;
    const bytes = encodeSnapshot({ tick, base, seq }, this.#sent.get(base) ?? EMPTY, seen);
    this.#sent.set(tick, seen);
    this.#entities += seen.length;
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= KEPT && this.#entities <= ENTITIES) break;
      this.#forget(oldest);
    }
    return bytes;
  }

  #forget(tick: number): void {
    this.#entities -= this.#sent.get(tick)?.length ?? 0;
    this.#sent.delete(tick);
  }
}

/** What a player sees of the world: what is near. */
export function sight(world: Sight, player: Readonly<Entity>): Sight {
  return world.filter((entity) => near(player, entity, SIGHT));
}
