import { urlOf, type Env } from "../env.ts";
import type { Log } from "../observe.ts";
import type { Redis } from "../redis.ts";
import type { Claim, Lease, Owner } from "./owner.ts";

/** Seconds that a room's saved state and its fencing number are remembered. */
const STATE_SECONDS = 600;
const FENCE_SECONDS = 24 * 3600;

/** Answers the fencing number and the state if the room is free or ours, else 0 and the owner's URL. */
const CLAIM = `
  local owner = redis.call('GET', KEYS[1])
  if owner and string.sub(owner, 1, #ARGV[1]) ~= ARGV[1] then
    return { 0, string.match(owner, ' (%S+)$') }
  end
  local fence = redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
  redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. fence .. ' ' .. ARGV[2], 'PX', ARGV[3])
  return { fence, redis.call('GET', KEYS[3]) }`;
const RENEW = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
/** Only the owner of the moment may write: one that was away too long has another's number against it. */
const SAVE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
  return 1`;
const RELEASE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`;

/** Rooms shared out among processes: whoever is asked first for a room runs it. */
export class RedisOwner implements Owner {
  readonly #url: string;
  readonly #ms: number;

  constructor(
    private readonly redis: Redis,
    env: Env,
    private readonly log: Log,
  ) {
    this.#ms = env.LEASE_MS;
    this.#url = env.PUBLIC_URL ?? urlOf(env.HOST, env.PORT);
    if (env.PUBLIC_URL !== undefined) return;
    log.warn({ url: this.#url }, "PUBLIC_URL is not set: clients of a room that runs here are sent to url");
  }

  async claim(room: string): Promise<Claim> {
    const { client, instance } = this.redis;
    const asked = now();
    const [fence, rest] = (await client.eval(CLAIM, {
      keys: [`game:${room}:owner`, `game:${room}:fence`, `game:${room}:state`],
      arguments: [instance, this.#url, String(this.#ms), String(FENCE_SECONDS)],
    })) as [number, string | null];
    if (fence === 0) return { url: rest ?? this.#url };
    const value = `${instance} ${fence} ${this.#url}`;
    const lease = new RedisLease(this.redis, room, value, this.#ms, asked, this.log);
    return { lease, state: rest };
  }
}

class RedisLease implements Lease {
  #lost = false;
  #asked: Moment;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly redis: Redis,
    private readonly room: string,
    private readonly value: string,
    private readonly ms: number,
    asked: Moment,
    private readonly log: Log,
  ) {
    this.#asked = asked;
    this.#timer = setInterval(() => void this.#renew(), ms / 3).unref();
  }

  /**
   * Counted from before we asked, and less a fifth: it ends here before it ends in Redis. By both
   * clocks, because one stops while the machine sleeps and the other can be set.
   */
  valid(): boolean {
    const { steady, wall } = now();
    const age = Math.max(steady - this.#asked.steady, wall - this.#asked.wall);
    if (this.#lost || age > this.ms * 0.8) this.#end();
    return !this.#lost;
  }

  async save(state: string): Promise<void> {
    const seconds = String(STATE_SECONDS);
    await this.#eval(SAVE, [this.#key("owner"), this.#key("state")], [state, seconds]);
  }

  async release(): Promise<void> {
    this.#end();
    await this.#eval(RELEASE, [this.#key("owner")], []);
  }

  async #renew(): Promise<void> {
    const asked = now();
    try {
      const renewed = await this.#eval(RENEW, [this.#key("owner")], [String(this.ms)]);
      if (renewed === 1) this.#asked = asked;
      else this.#end();
    } catch (error) {
      this.log.debug({ err: error, room: this.room }, "lease not renewed"); // valid() knows how long
    }
  }

  #end(): void {
    this.#lost = true;
    clearInterval(this.#timer);
  }

  #key(name: string): string {
    return `game:${this.room}:${name}`;
  }

  async #eval(script: string, keys: string[], rest: string[]): Promise<unknown> {
    return this.redis.client.eval(script, { keys, arguments: [this.value, ...rest] });
  }
}

interface Moment {
  steady: number;
  wall: number;
}

function now(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}
