import { compareIds, START, type ChatMessage, type Person } from "../../shared/protocol.ts";
import type { Log } from "../observe.ts";
import type { Client, Redis } from "../redis.ts";
import { KEPT, type Bus, type Listener, type NewMessage, type Page } from "./bus.ts";

/** Seconds that a silent room's history and a nonce are remembered. */
const HISTORY_SECONDS = 30 * 24 * 3600;
const NONCE_SECONDS = 600;

/**
 * Stores and publishes in one step, so that the order of the stream is the order everyone hears. Each
 * publication names the message before it: who has not got that one reads the stream.
 */
const APPEND = `
  if not redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[3]) then return 0 end
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
  local before = last[1] and last[1][1] or '0-0'
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'm', ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  redis.call('PUBLISH', ARGV[5], id .. ' ' .. before .. ' ' .. ARGV[1])
  return 1`;

/** The people of all processes that are alive. The others' are forgotten. */
const PEOPLE = `
  local fields = redis.call('HGETALL', KEYS[1])
  local lists = {}
  for i = 1, #fields, 2 do
    if redis.call('EXISTS', 'alive:' .. fields[i]) == 1 then lists[#lists + 1] = fields[i + 1]
    else redis.call('HDEL', KEYS[1], fields[i]) end
  end
  return lists`;

interface Room {
  listener: Listener;
  /** The last message delivered. */
  last: string;
  /** Reading the stream; what is published meanwhile is read there. */
  reading: boolean;
  again: boolean;
  people: Person[];
}

/** The bus of several processes: a stream for each room, and a channel to hear of it at once. */
export class RedisBus implements Bus {
  readonly #rooms = new Map<string, Room>();
  readonly #heartbeat: NodeJS.Timeout;
  #turn = Promise.resolve();

  private constructor(
    private readonly redis: Redis,
    private readonly subscriber: Client,
    private readonly leaseMs: number,
    private readonly log: Log,
  ) {
    this.#heartbeat = setInterval(() => this.#beat(), leaseMs / 3);
    subscriber.on("ready", () => {
      // Back after a break: whatever was published meanwhile is in the streams.
      for (const [name, room] of this.#rooms) {
        void this.#catchUp(name, room);
        room.listener.people();
      }
    });
  }

  static async start(redis: Redis, env: { LEASE_MS: number }, log: Log): Promise<RedisBus> {
    const bus = new RedisBus(redis, await redis.another(), env.LEASE_MS, log);
    await bus.#live();
    return bus;
  }

  async open(name: string, listener: Listener): Promise<void> {
    const room = { listener, last: START, reading: true, again: false, people: [] };
    this.#rooms.set(name, room);
    const current = (): boolean => this.#rooms.get(name) === room;
    await this.#inTurn(async () => {
      await this.subscriber.subscribe(said(name), (text) => {
        if (current()) this.#heard(name, room, text);
      });
      await this.subscriber.subscribe(peopleOf(name), () => {
        if (current()) listener.people();
      });
    });
    const [latest] = await this.#latest(name, 1);
    room.last = latest?.id ?? START;
    room.reading = false;
    if (room.again) await this.#catchUp(name, room);
  }

  close(name: string): void {
    this.#rooms.delete(name);
    const gone = [
      this.#inTurn(() => this.subscriber.unsubscribe([said(name), peopleOf(name)])),
      this.#say(name, this.redis.client.hDel(peopleOf(name), this.redis.instance)),
    ];
    Promise.all(gone).catch((error: unknown) => {
      this.log.debug({ err: error, room: name }, "left late"); // it expires by itself
    });
  }

  async append(name: string, message: NewMessage): Promise<void> {
    const nonce = `chat:${name}:nonce:${message.from.id}:${message.nonce}`;
    const limits = [String(KEPT), String(NONCE_SECONDS), String(HISTORY_SECONDS)];
    await this.redis.client.eval(APPEND, {
      keys: [stream(name), nonce],
      arguments: [JSON.stringify(message), ...limits, said(name)],
    });
  }

  async read(name: string, after: string | undefined, limit: number): Promise<Page> {
    if (after === undefined) {
      return { messages: await this.#latest(name, limit), gap: false, more: false };
    }
    const found = await this.#from(name, after, limit + 2);
    const known = found[0]?.id === after;
    const rest = known ? found.slice(1) : found;
    const gap = after === START ? await this.#forgotten(name) : !known;
    return { messages: rest.slice(0, limit), gap, more: rest.length > limit };
  }

  async announce(name: string, people: Person[]): Promise<void> {
    const room = this.#rooms.get(name);
    if (room) room.people = people;
    await this.#say(name, this.#store(name, people));
  }

  async people(name: string): Promise<Person[]> {
    const lists = await this.redis.client.eval(PEOPLE, { keys: [peopleOf(name)] });
    const people = (lists as string[]).flatMap((list) => JSON.parse(list) as Person[]);
    return [...new Map(people.map((person) => [person.id, person])).values()];
  }

  check(): Promise<string | undefined> {
    return this.redis.check();
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.subscriber.destroy();
    await this.redis.client.del(`alive:${this.redis.instance}`).catch(() => 0);
  }

  #heard(name: string, room: Room, text: string): void {
    const [id = "", before = ""] = text.split(" ", 2);
    if (room.reading) room.again = true;
    else if (before === room.last) {
      const message = JSON.parse(text.slice(id.length + before.length + 2)) as NewMessage;
      this.#deliver(room, { id, ...message });
    } else if (compareIds(id, room.last) > 0) void this.#catchUp(name, room);
  }

  /** Delivers what the stream holds after the last message delivered. */
  async #catchUp(name: string, room: Room): Promise<void> {
    if (room.reading) {
      room.again = true;
      return;
    }
    room.reading = true;
    try {
      let missed;
      do {
        room.again = false;
        missed = await this.#from(name, `(${room.last}`, 100);
        for (const message of missed) this.#deliver(room, message);
      } while (missed.length > 0);
    } catch (error) {
      this.log.debug({ err: error, room: name }, "catching up later");
      setTimeout(() => {
        if (this.#rooms.get(name) === room) void this.#catchUp(name, room);
      }, 200);
    } finally {
      room.reading = false;
    }
    if (room.again) await this.#catchUp(name, room);
  }

  #deliver(room: Room, message: ChatMessage): void {
    room.last = message.id;
    room.listener.message(message);
  }

  /** One at a time: the client loses a subscription that is made while the same one is being ended. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(change);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Tells the others that we live, and again who is here, lest Redis or they forgot. */
  #beat(): void {
    const rooms = [...this.#rooms].filter(([, { people }]) => people.length > 0);
    const stored = rooms.map(([name, { people }]) => this.#store(name, people));
    Promise.all([this.#live(), ...stored]).then(
      () => {
        for (const { listener } of this.#rooms.values()) listener.people();
      },
      (error: unknown) => this.log.debug({ err: error }, "no heartbeat"),
    );
  }

  async #live(): Promise<void> {
    const expiration = { type: "PX", value: this.leaseMs } as const;
    await this.redis.client.set(`alive:${this.redis.instance}`, 1, { expiration });
  }

  async #store(name: string, people: Person[]): Promise<void> {
    const { client, instance } = this.redis;
    await Promise.all([
      client.hSet(peopleOf(name), instance, JSON.stringify(people)),
      client.pExpire(peopleOf(name), this.leaseMs * 2),
    ]);
  }

  /** Does something to the people of a room, and says so. */
  async #say(name: string, done: Promise<unknown>): Promise<void> {
    await Promise.all([done, this.redis.client.publish(peopleOf(name), "")]);
  }

  async #latest(name: string, count: number): Promise<ChatMessage[]> {
    const entries = await this.redis.client.xRevRange(stream(name), "+", "-", { COUNT: count });
    return (entries ?? []).reverse().map(parse);
  }

  async #from(name: string, id: string, count: number): Promise<ChatMessage[]> {
    const entries = await this.redis.client.xRange(stream(name), id, "+", { COUNT: count });
    return (entries ?? []).map(parse);
  }

  async #forgotten(name: string): Promise<boolean> {
    const { client } = this.redis;
    if ((await client.exists(stream(name))) === 0) return false;
    const info = await client.xInfoStream(stream(name));
    return info["entries-added"] > info.length;
  }
}

const stream = (room: string): string => `chat:${room}`;
const said = (room: string): string => `chat:${room}:said`;
const peopleOf = (room: string): string => `chat:${room}:people`;

function parse({ id, message }: { id: string; message: Record<string, string> }): ChatMessage {
  return { id, ...(JSON.parse(message["m"] ?? "{}") as NewMessage) };
}
