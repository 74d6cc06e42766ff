import { randomInt } from "node:crypto";
import { Close, type ClientMessage } from "../../shared/protocol.ts";
import { TICK_RATE } from "../../shared/sim.ts";
import type { Log, Metrics } from "../observe.ts";
import type { Conn } from "../net/conn.ts";
import type { Feature } from "../net/hub.ts";
import type { Queue } from "../net/queue.ts";
import { Loop } from "./loop.ts";
import type { Owner } from "./owner.ts";
import { GameRoom, ROOM_BYTES, SEAT_BYTES } from "./room.ts";
import { World } from "./world.ts";

interface Options {
  owner: Owner;
  queue: Queue;
  metrics: Metrics;
  log: Log;
  /** Bytes that games may take. */
  limit: number;
}

/** The game rooms of this process, and the one loop that runs them all. */
export class Games implements Feature {
  readonly #rooms = new Map<string, GameRoom>();
  readonly #claims = new Map<string, Promise<GameRoom | string>>();
  readonly #playing = new Map<Conn, GameRoom>();
  /** The room each connection asked for last: it may change its mind while we ask for a lease. */
  readonly #wanted = new Map<Conn, string>();
  readonly #loop: Loop;
  #ticks = 0;
  #stopped = false;

  constructor(private readonly options: Options) {
    const skipped = (ticks: number): void => options.metrics.ticksSkipped.inc(ticks);
    this.#loop = new Loop(TICK_RATE, () => this.#tick(), skipped);
  }

  start(): void {
    this.#loop.start();
  }

  /** Hands every room over to whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#loop.stop();
    await Promise.all([...this.#rooms.values()].map((room) => this.#handOver(room)));
  }

  message(conn: Conn, message: ClientMessage): boolean {
    if (message.t === "enter") void this.#enter(conn, message.room);
    else if (message.t === "exit") this.drop(conn);
    else return false;
    return true;
  }

  binary(conn: Conn, data: Buffer): boolean {
    const room = this.#playing.get(conn);
    // Inputs may still be on their way when a game is over.
    return room ? room.input(conn, data) : this.#wanted.has(conn);
  }

  drop(conn: Conn): void {
    this.#wanted.delete(conn);
    const room = this.#playing.get(conn);
    this.#playing.delete(conn);
    room?.exit(conn);
  }

  async #enter(conn: Conn, name: string): Promise<void> {
    this.drop(conn);
    if (this.#full(name)) {
      conn.send({ t: "error", code: "server-full", message: "no memory for more players", ref: name });
      return;
    }
    this.#wanted.set(conn, name);
    try {
      const room = this.#rooms.get(name) ?? (await this.#claim(name));
      if (this.#wanted.get(conn) !== name || !conn.open) return;
      if (typeof room === "string") {
        conn.send({ t: "moved", room: name, url: room });
      } else {
        this.#playing.set(conn, room);
        room.enter(conn);
      }
    } catch (error) {
      this.options.log.warn({ err: error, room: name }, "no lease");
      conn.close(Close.tryLater, "try later");
    }
  }

  /** Counts those who are on their way in, too. */
  #full(name: string): boolean {
    const rooms = new Set([...this.#rooms.keys(), ...this.#claims.keys(), name]).size;
    return rooms * ROOM_BYTES + (this.#wanted.size + 1) * SEAT_BYTES > this.options.limit;
  }

  /** The room if it is ours to run, else the address of whoever runs it. Asked once at a time. */
  #claim(name: string): Promise<GameRoom | string> {
    const under = this.#claims.get(name);
    if (under) return under;
    const claim = this.#ask(name).finally(() => this.#claims.delete(name));
    this.#claims.set(name, claim);
    return claim;
  }

  async #ask(name: string): Promise<GameRoom | string> {
    if (this.#stopped) throw new Error("stopping");
    const claim = await this.options.owner.claim(name);
    if ("url" in claim) return claim.url;
    const world = claim.state === null ? new World(randomInt(2 ** 32)) : World.load(claim.state);
    const room = new GameRoom(name, world, claim.lease, this.options.queue, this.options.metrics);
    this.#rooms.set(name, room);
    return room;
  }

  #tick(): void {
    const started = performance.now();
    this.#ticks += 1;
    for (const room of this.#rooms.values()) {
      if (!room.lease.valid()) this.#lose(room);
      else if (room.empty) this.#close(room);
      else {
        room.tick();
        if (this.#ticks % TICK_RATE === 0) this.#save(room);
      }
    }
    this.options.metrics.tick.observe((performance.now() - started) / 1000);
  }

  #save(room: GameRoom): void {
    room.lease.save(room.world.save()).catch((error: unknown) => {
      this.options.log.warn({ err: error, room: room.name }, "state not saved");
    });
  }

  #close(room: GameRoom): void {
    this.#rooms.delete(room.name);
    void this.#handOver(room);
  }

  /** Another process may run it by now: not one more tick here. */
  #lose(room: GameRoom): void {
    this.#rooms.delete(room.name);
    this.options.log.warn({ room: room.name }, "lease lost");
    for (const conn of room.conns) conn.close(Close.restart, "restart");
  }

  async #handOver(room: GameRoom): Promise<void> {
    try {
      await room.lease.save(room.world.save());
      await room.lease.release();
    } catch (error) {
      this.options.log.warn({ err: error, room: room.name }, "not handed over");
    }
  }
}
