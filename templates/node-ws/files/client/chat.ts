import { compareIds, START, type ChatMessage, type Person, type ServerMessage } from "../shared/protocol.ts";
import { LiveSocket, type Connection } from "./socket.ts";

interface Options extends Connection {
  room: string;
  /** A message of the room, in order and once. */
  message: (message: ChatMessage) => void;
  /** Some messages between the last one and the next are no longer kept. */
  gap: () => void;
  /** Those in the room who are known by name, and how many there are in all. */
  people: (people: Person[], count: number) => void;
}

/** One room of the chat: it goes on where it was cut off, and says again what may not have arrived. */
export class ChatClient {
  me: Person | undefined;
  #room: string;
  /** The last message shown: where to go on after a break. */
  #cursor: string | undefined;
  readonly #people = new Map<string, Person>();
  /** Said and not yet seen coming back, by nonce. The server drops what it has already. */
  readonly #outbox = new Map<string, { room: string; text: string }>();
  readonly #socket: LiveSocket;

  constructor(private readonly options: Options) {
    this.#room = options.room;
    this.#socket = new LiveSocket({
      ...options,
      opened: () => this.#join(),
      message: (message) => this.#receive(message),
    });
  }

  /** Says it now, or as soon as there is a connection. Its message comes back with this nonce. */
  say(text: string): string {
    const nonce = randomId();
    this.#outbox.set(nonce, { room: this.#room, text });
    this.#socket.send({ t: "say", room: this.#room, text, nonce });
    return nonce;
  }

  /** Leaves the room for another one. */
  enter(room: string): void {
    this.#socket.send({ t: "leave", room: this.#room });
    this.#room = room;
    this.#cursor = undefined;
    this.#join();
  }

  close(): void {
    this.#socket.close();
  }

  #join(): void {
    this.#socket.send({ t: "join", room: this.#room, after: this.#cursor });
  }

  #receive(message: ServerMessage): void {
    if (message.t === "welcome") this.me = message.you;
    if (!("room" in message) || message.room !== this.#room) return;
    if (message.t === "said") this.#show(message.message);
    if (message.t === "people") {
      for (const person of message.joined) this.#people.set(person.id, person);
      for (const id of message.left) this.#people.delete(id);
      this.options.people([...this.#people.values()], message.count);
    }
    if (message.t === "joined") {
      if (message.gap && this.#cursor !== undefined && this.#cursor !== START) this.options.gap();
      for (const one of message.messages) this.#show(one);
      this.#cursor ??= START;
      this.#people.clear();
      for (const person of message.people) this.#people.set(person.id, person);
      this.options.people([...this.#people.values()], message.count);
      if (message.more) this.#join();
      else this.#sayAgain();
    }
  }

  #show(message: ChatMessage): void {
    if (this.#cursor !== undefined && compareIds(message.id, this.#cursor) <= 0) return; // seen before
    this.#cursor = message.id;
    this.#outbox.delete(message.nonce);
    this.options.message(message);
  }

  #sayAgain(): void {
    for (const [nonce, { room, text }] of this.#outbox) {
      if (room === this.#room) this.#socket.send({ t: "say", room, text, nonce });
    }
  }
}

/** crypto.randomUUID would need https; this works on a plain http address too. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
