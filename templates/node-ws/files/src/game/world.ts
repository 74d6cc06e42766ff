import {
  clamp,
  FIRST_ORB,
  move,
  ORBS,
  PLAYERS_MAX,
  RADIUS,
  SIZE,
  touches,
  VIEW,
  type Entity,
  type Input,
} from "../../shared/sim.ts";
import type { View } from "../../shared/wire.ts";

/** The square in which players start: whoever is in it is in everyone's view. */
const START = Math.trunc((VIEW - RADIUS) * 0.7);

interface Saved {
  tick: number;
  random: number;
  entities: Entity[];
}

/**
 * The state of one game and how a tick changes it. It knows no clock and no network: the same inputs
 * always lead to the same world.
 */
export class World {
  tick = 1;
  readonly #entities = new Map<number, Entity>();
  #random: number;
  #view: View = new Map();

  constructor(seed: number) {
    this.#random = seed >>> 0;
    for (let i = 0; i < ORBS; i++) this.#add(FIRST_ORB + i);
    this.#look();
  }

  static load(state: string): World {
    const saved = JSON.parse(state) as Saved;
    const world = new World(saved.random);
    world.tick = saved.tick;
    world.#random = saved.random;
    world.#entities.clear();
    for (const entity of saved.entities) world.#entities.set(entity.id, entity);
    world.#look();
    return world;
  }

  save(): string {
    const saved: Saved = {
      tick: this.tick,
      random: this.#random,
      entities: [...this.#entities.values()],
    };
    return JSON.stringify(saved);
  }

  get players(): number[] {
    return [...this.#entities.keys()].filter((id) => id < FIRST_ORB);
  }

  /** All there is, as of the last tick, in the order of the ids. What did not change is the same object as before. */
  get view(): View {
    return this.#view;
  }

  /** The new player's id, or nothing when the world is full. */
  enter(): number | undefined {
    for (let id = 1; id <= PLAYERS_MAX; id++) {
      if (this.#entities.has(id)) continue;
      this.#add(id);
      return id;
    }
    return undefined;
  }

  exit(id: number): void {
    this.#entities.delete(id);
  }

  /** One tick: everyone moves by their inputs, then whoever touches an orb has it. */
  step(inputs: ReadonlyMap<number, readonly Input[]>): void {
    this.tick += 1;
    const all = this.#sorted();
    const orbs = all.filter((entity) => entity.id >= FIRST_ORB);
    for (const player of all) {
      if (player.id >= FIRST_ORB) break;
      for (const input of inputs.get(player.id) ?? []) move(player, input);
      for (const orb of orbs) {
        if (!touches(player, orb)) continue;
        player.score += 1;
        this.#place(orb, SIZE - 2 * RADIUS);
      }
    }
    this.#look();
  }

  /** FNV-1a over everything that counts. */
  hash(): number {
    let hash = 0x811c9dc5;
    const mix = (value: number): void => {
      hash = Math.imul(hash ^ value, 0x01000193) >>> 0;
    };
    mix(this.tick);
    mix(this.#random);
    for (const { id, x, y, score } of this.#sorted()) {
      [id, x, y, score].forEach(mix);
    }
    return hash;
  }

  #add(id: number): void {
    const entity = { id, x: 0, y: 0, score: 0 };
    if (id < FIRST_ORB) this.#start(entity);
    else this.#place(entity, SIZE - 2 * RADIUS);
    this.#entities.set(id, entity);
  }

  /** In sight of another player, wherever that one has gone; in the middle when there is none. */
  #start(entity: Entity): void {
    const others = this.players;
    const other = this.#entities.get(others[this.#next() % others.length] ?? 0);
    this.#place(entity, START, other);
  }

  /** Somewhere in a square, which is around the middle of the world unless it is around something else. */
  #place(entity: Entity, width: number, around = { x: SIZE / 2, y: SIZE / 2 }): void {
    entity.x = clamp(around.x - Math.trunc(width / 2) + (this.#next() % width));
    entity.y = clamp(around.y - Math.trunc(width / 2) + (this.#next() % width));
  }

  #look(): void {
    const view = new Map<number, Entity>();
    for (const entity of this.#sorted()) {
      const old = this.#view.get(entity.id);
      const same = old && old.x === entity.x && old.y === entity.y && old.score === entity.score;
      view.set(entity.id, same ? old : { ...entity });
    }
    this.#view = view;
  }

  #sorted(): Entity[] {
    return [...this.#entities.values()].sort((a, b) => a.id - b.id);
  }

  /** mulberry32: a small generator whose whole state is one number, and so part of the world. */
  #next(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let t = this.#random;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}
