import { TICK_RATE } from "../../shared/sim.ts";
import { decodeInput } from "../../shared/wire.ts";
import type { Metrics } from "../observe.ts";
import { frame, type Conn } from "../net/conn.ts";
import type { Queue } from "../net/queue.ts";
import { Inputs } from "./input.ts";
import type { Lease } from "./owner.ts";
import { sight, Views } from "./snapshot.ts";
import type { World } from "./world.ts";

/** A client this far behind gets no snapshot until it has read some: old ones are worth nothing. */
const BEHIND = 64 * 1024;

/** What a game takes in bytes without its players, and for each of them, counted from above. */
export const ROOM_BYTES = 256 * 1024;
export const SEAT_BYTES = 96 * 1024;

interface Seat {
  id: number;
  name: string;
  inputs: Inputs;
  views: Views;
}

/** One game: a world, and those who play in it. */
export class GameRoom {
  readonly #seats = new Map<Conn, Seat>();
  #joined: [number, string][] = [];
  #left: number[] = [];

  constructor(
    readonly name: string,
    readonly world: World,
    readonly lease: Lease,
    private readonly queue: Queue,
    private readonly metrics: Metrics,
  ) {
    for (const id of world.players) world.exit(id); // they come back with a new id
  }

  get empty(): boolean {
    return this.#seats.size === 0;
  }

  get conns(): Conn[] {
    return [...this.#seats.keys()];
  }

  enter(conn: Conn): void {
    const id = this.world.enter();
    if (id === undefined) {
      conn.send({ t: "error", code: "room-full", message: "try another room", ref: this.name });
      return;
    }
    const { name } = conn.user;
    this.#seats.set(conn, { id, name, inputs: new Inputs(), views: new Views() });
    this.#joined.push([id, name]);
    const players = [...this.#seats.values()].map((seat): [number, string] => [seat.id, seat.name]);
    conn.send({ t: "entered", room: this.name, you: id, tickRate: TICK_RATE, players });
  }

  exit(conn: Conn): void {
    const seat = this.#seats.get(conn);
    if (!seat) return;
    this.#seats.delete(conn);
    this.world.exit(seat.id);
    this.#joined = this.#joined.filter(([id]) => id !== seat.id);
    this.#left.push(seat.id);
  }

  /** False when the bytes are not an input. */
  input(conn: Conn, data: Buffer): boolean {
    const input = decodeInput(data);
    const seat = this.#seats.get(conn);
    if (!input || !seat) return input !== undefined;
    seat.inputs.add(input);
    seat.views.acknowledge(input.acknowledged);
    return true;
  }

  tick(): void {
    this.world.step(new Map([...this.#seats.values()].map((seat) => [seat.id, seat.inputs.take()])));
    this.#tellPlayers();
    const snapshots = this.#snapshots();
    let bytes = 0;
    for (const { conn, data } of snapshots) {
      conn.sendBytes(data);
      bytes += data.length;
    }
    this.metrics.sent.inc(snapshots.length);
    this.metrics.snapshotBytes.inc(bytes);
  }

  /** All of a tick are made before the first is sent: in turns, each finds the processor's caches full of the other. */
  #snapshots(): { conn: Conn; data: Uint8Array }[] {
    const { tick, view } = this.world;
    const all = [...view.values()];
    const made = [];
    for (const [conn, { id, inputs, views }] of this.#seats) {
      const self = view.get(id);
      if (!self || conn.waiting > BEHIND) continue;
      made.push({ conn, data: views.snapshot(tick, inputs.used, sight(all, self)) });
    }
    return made;
  }

  /** Who came and went, four times a second at most. */
  #tellPlayers(): void {
    const due = this.world.tick % Math.ceil(TICK_RATE / 4) === 0;
    if (!due || (this.#joined.length === 0 && this.#left.length === 0)) return;
    const data = frame({ t: "players", joined: this.#joined, left: this.#left }, this.queue);
    for (const conn of this.#seats.keys()) conn.write(data);
    this.#joined = [];
    this.#left = [];
  }
}
