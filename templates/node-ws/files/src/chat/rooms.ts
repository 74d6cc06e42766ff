import { Close, type ChatMessage, type ClientMessage } from "../../shared/protocol.ts";
import type { Bus } from "../bus/bus.ts";
import type { Log, Metrics } from "../observe.ts";
import { frame, type Conn } from "../net/conn.ts";
import type { Feature } from "../net/hub.ts";
import type { Frame, Queue } from "../net/queue.ts";
import { CatchUp } from "./history.ts";
import { Presence, type Change } from "./presence.ts";

const ROOMS_PER_CONNECTION = 20;
/** Names in the answer to a join. Beyond it people are counted, and named as they come and go. */
const NAMES = 200;
/** What a room, and a person in it, take in bytes, counted from above. */
const ROOM = 4096;
const MEMBER = 512;
/** Characters of messages that the bus has not stored yet, of all rooms. */
const STORING = 4 * 2 ** 20;

interface Options {
  bus: Bus;
  queue: Queue;
  metrics: Metrics;
  log: Log;
  /** Bytes that rooms may take. */
  limit: number;
}

interface Room {
  name: string;
  opened: Promise<void>;
  /** Who gets messages as they are said. */
  live: Set<Conn>;
  joining: Map<Conn, CatchUp>;
  /** Who is counted as here. */
  entered: Set<Conn>;
  presence: Presence;
}

/** Chat rooms: made by the first who joins, gone with the last who leaves. */
export class Rooms implements Feature {
  readonly #rooms = new Map<string, Room>();
  readonly #joined = new Map<Conn, Set<Room>>();
  #members = 0;
  #storing = 0;

  constructor(private readonly options: Options) {}

  message(conn: Conn, message: ClientMessage): boolean {
    if (message.t === "join") void this.#join(conn, message.room, message.after);
    else if (message.t === "say") void this.#say(conn, message.room, message.text, message.nonce);
    else if (message.t === "leave") this.#leave(conn, this.#rooms.get(message.room));
    else return false;
    return true;
  }

  drop(conn: Conn): void {
    for (const room of [...(this.#joined.get(conn) ?? [])]) this.#leave(conn, room);
    this.#joined.delete(conn);
  }

  async #join(conn: Conn, name: string, after?: string): Promise<void> {
    const joined = this.#joined.get(conn) ?? new Set();
    const known = this.#rooms.get(name);
    if (!known || !joined.has(known)) {
      const full = this.#full(joined, known ? MEMBER : ROOM + MEMBER);
      if (full) return conn.send({ t: "error", ...full, ref: name });
      this.#members += 1;
    }
    const room = known ?? this.#open(name);
    this.#joined.set(conn, joined.add(room));
    const catchUp = new CatchUp(after);
    room.live.delete(conn);
    room.joining.set(conn, catchUp);
    try {
      await room.opened;
      const page = await catchUp.read(this.options.bus, name);
      if (room.joining.get(conn) !== catchUp) return; // left, or joined again, meanwhile
      room.joining.delete(conn);
      if (!page.more) room.live.add(conn);
      const { shown } = room.presence;
      const people = shown.slice(0, NAMES);
      conn.send({ t: "joined", room: name, ...page, people, count: shown.length });
      if (!room.entered.has(conn)) room.presence.enter(conn.user);
      room.entered.add(conn);
    } catch (error) {
      this.#unavailable(conn, error);
    }
  }

  async #say(conn: Conn, name: string, text: string, nonce: string): Promise<void> {
    const room = this.#rooms.get(name);
    if (!room?.live.has(conn)) {
      conn.send({ t: "error", code: "not-in-room", message: `join ${name} first`, ref: nonce });
      return;
    }
    const from = { id: conn.user.id, name: conn.user.name };
    this.#storing += text.length;
    try {
      if (this.#storing > STORING) throw new Error("too much waits to be stored");
      await this.options.bus.append(name, { from, text, at: Date.now(), nonce });
      this.options.metrics.said.inc();
    } catch (error) {
      this.#unavailable(conn, error);
    } finally {
      this.#storing -= text.length;
    }
  }

  /** Why a connection cannot join one more room that takes so many bytes, if it cannot. */
  #full(joined: Set<Room>, bytes: number) {
    if (joined.size >= ROOMS_PER_CONNECTION) {
      return { code: "too-many-rooms", message: "leave another room first" } as const;
    }
    const taken = this.#rooms.size * ROOM + this.#members * MEMBER;
    if (taken + bytes <= this.options.limit) return undefined;
    return { code: "server-full", message: "no memory for more rooms" } as const;
  }

  #leave(conn: Conn, room: Room | undefined): void {
    if (!room || !this.#joined.get(conn)?.delete(room)) return;
    this.#members -= 1;
    room.live.delete(conn);
    room.joining.delete(conn);
    if (room.entered.delete(conn)) room.presence.exit(conn.user.id);
    this.#closeIfEmpty(room);
  }

  #open(name: string): Room {
    const deliver = (message: ChatMessage): void => {
      for (const catchUp of room.joining.values()) catchUp.hold(message);
      this.#broadcast(room, frame({ t: "said", room: name, message }, this.options.queue));
    };
    const tell = (change: Change): void => {
      this.options.metrics.presenceFrames.inc(room.live.size);
      this.#broadcast(room, frame({ t: "people", room: name, ...change }, this.options.queue));
    };
    const failed = (error: unknown): void => {
      this.options.log.warn({ err: error, room: name }, "presence is late");
    };
    const presence = new Presence({ bus: this.options.bus, room: name, tell, failed });
    const opened = this.options.bus.open(name, { message: deliver, people: () => presence.stale() });
    opened.catch(() => undefined); // each join hears of it
    const room: Room = {
      name,
      opened,
      live: new Set(),
      joining: new Map(),
      entered: new Set(),
      presence,
    };
    this.#rooms.set(name, room);
    return room;
  }

  #closeIfEmpty(room: Room): void {
    if (room.entered.size > 0 || room.joining.size > 0) return;
    room.presence.stop();
    this.#rooms.delete(room.name);
    this.options.bus.close(room.name);
  }

  #broadcast(room: Room, data: Frame): void {
    this.options.metrics.sent.inc(room.live.size);
    for (const conn of room.live) conn.write(data);
  }

  /** The client comes back by itself, with its cursor and whatever was not stored. */
  #unavailable(conn: Conn, error: unknown): void {
    this.options.log.warn({ err: error, id: conn.id }, "bus unavailable");
    conn.close(Close.tryLater, "try later");
  }
}
