import type { ServerMessage } from "../shared/protocol.ts";
import { TICK_RATE, type Entity, type Input } from "../shared/sim.ts";
import { decodeSnapshot, encodeInput } from "../shared/wire.ts";
import { Prediction, Snapshots } from "./predict.ts";
import { LiveSocket, type Connection } from "./socket.ts";

interface Options extends Connection {
  room: string;
  /** What the player wants of this tick, each from -127 to 127. */
  wish: () => Omit<Input, "seq">;
  /** Why there is no game, to be shown. */
  refused: (why: string) => void;
}

/** One player in one game: sends what the player wants, predicts it, and knows where everything is. */
export class GameClient {
  /** Our id in the world; 0 before we are in it. */
  me = 0;
  readonly names = new Map<number, string>();
  #snapshots = new Snapshots(1000 / TICK_RATE);
  #prediction = new Prediction();
  #seq = 0;
  #acknowledged = 0;
  /** The process that runs our room, when it is another than `url` leads to. */
  #owner: string | undefined;
  readonly #socket: LiveSocket;
  readonly #inputs = setInterval(() => this.#input(), 1000 / TICK_RATE);

  constructor(private readonly options: Options) {
    this.#socket = new LiveSocket({
      token: options.token,
      url: () => this.#owner ?? options.url(),
      status: (status) => {
        if (status === "reconnecting") this.#owner = undefined; // it may be gone: ask anew where the room is
        options.status(status);
      },
      opened: () => this.#socket.send({ t: "enter", room: options.room }),
      message: (message) => this.#receive(message),
      binary: (data) => this.#show(data),
    });
  }

  /** Our own player where it will be once the server has our inputs. */
  get self(): Entity | undefined {
    return this.#prediction.self;
  }

  /** Everything in sight at this moment, a little in the past. */
  at(now: number): Entity[] {
    return this.#snapshots.at(now);
  }

  close(): void {
    clearInterval(this.#inputs);
    this.#socket.close();
  }

  #receive(message: ServerMessage): void {
    if (message.t === "entered") {
      this.me = message.you;
      this.#seq = this.#acknowledged = 0;
      this.#snapshots = new Snapshots(1000 / TICK_RATE);
      this.#prediction = new Prediction();
      this.names.clear();
      for (const [id, name] of message.players) this.names.set(id, name);
    }
    if (message.t === "players") {
      for (const id of message.left) this.names.delete(id);
      for (const [id, name] of message.joined) this.names.set(id, name);
    }
    if (message.t === "moved") {
      this.#owner = message.url;
      this.#socket.move();
    }
    if (message.t === "error") this.options.refused(message.message);
  }

  #show(data: ArrayBuffer): void {
    const snapshot = decodeSnapshot(new Uint8Array(data), this.#snapshots.views);
    this.#acknowledged = snapshot?.tick ?? 0; // without its base: ask for a full one
    if (!snapshot) return;
    this.#snapshots.add(snapshot, performance.now());
    this.#prediction.correct(snapshot.view.get(this.me), snapshot.seq);
  }

  #input(): void {
    if (this.me === 0 || !this.#socket.open) return;
    const input = { seq: ++this.#seq, ...this.options.wish() };
    this.#prediction.apply(input);
    this.#socket.sendBinary(encodeInput(input, this.#acknowledged));
  }
}
