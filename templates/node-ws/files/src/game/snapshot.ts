import { near, SIGHT, type Entity } from '../../shared/sim.js';
import { encodeSnapshot, type View } from '../../shared/wire.js';

/** Views kept to build differences on: more than two seconds of unacknowledged ticks at 20 Hz. */
const KEPT = 48;
const EMPTY: View = new Map();

/** What one client has been shown, so that the next snapshot is only the difference. */
export class Views {
  #acknowledged = 0;
  readonly #sent = new Map<number, View>();

  /** The client has this tick. One we never sent counts as none: the next snapshot is a full one. */
  acknowledge(tick: number): void {
    this.#acknowledged = tick;
    for (const old of this.#sent.keys()) {
      if (old >= this.#acknowledged) break;
      this.#sent.delete(old);
    }
  }

  snapshot(tick: number, seq: number, view: View): Uint8Array {
    const base = this.#sent.has(this.#acknowledged) ? this.#acknowledged : 0;
    const bytes = encodeSnapshot({ tick, base, seq, view }, this.#sent.get(base) ?? EMPTY);
    this.#sent.set(tick, view);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > KEPT && oldest !== undefined) this.#sent.delete(oldest);
    return bytes;
  }
}

/** What a player sees of the world: what is near. */
export function sight(world: View, player: Readonly<Entity>): View {
  const seen = new Map<number, Readonly<Entity>>();
  for (const [id, entity] of world) if (near(player, entity, SIGHT)) seen.set(id, entity);
  return seen;
}
