import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Log } from "./observe.ts";
import { Unavailable } from "./problems.ts";

const READ_EVERY = 600_000;
const RETRY_AFTER = 2_000;

/**
 * The keys of the identity provider, read now and again. While it is away the last ones count: whoever it let in before
 * can still come, and only a key that it has made since is unknown.
 */
export class Keys {
  /** Why they could not be read, as long as they cannot. */
  failure: string | undefined;
  #known = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #set;
  readonly #first: Promise<void>;

  constructor(
    url: string,
    private readonly log?: Log,
  ) {
    this.#set = createRemoteJWKSet(new URL(url), { cacheMaxAge: Infinity });
    this.#first = this.#read();
  }

  /** Whether tokens can be checked at all. */
  get known(): boolean {
    return this.#known;
  }

  /** The key that a token names. Throws Unavailable where there is no telling whether it is a good one. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    await this.#first;
    if (!this.#known) throw new Unavailable("Keys of the identity provider not available", this.failure);
    try {
      return await this.#set(header, token);
    } catch (error) {
      const judged = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
      if (judged.some((kind) => error instanceof kind)) throw error;
      this.#failed(error);
      throw new Unavailable("Keys of the identity provider not available", this.failure);
    }
  };

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    try {
      await this.#set.reload();
      if (this.failure !== undefined) this.log?.info("the keys of the identity provider are there again");
      this.failure = undefined;
      this.#known = true;
    } catch (error) {
      this.#failed(error);
    }
    if (this.#stopped) return;
    const wait = this.failure === undefined ? READ_EVERY : RETRY_AFTER;
    this.#timer = setTimeout(() => void this.#read(), wait).unref();
  }

  #failed(error: unknown): void {
    const { cause, message, code } = error as NodeJS.ErrnoException;
    const root = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { message, code };
    const reason = root.message === "" ? String(root.code) : root.message;
    if (this.failure !== reason) this.log?.warn({ reason }, "no keys from the identity provider");
    this.failure = reason;
  }
}
