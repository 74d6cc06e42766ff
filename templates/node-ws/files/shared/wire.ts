// The binary frames of the game, in both directions. docs/PROTOCOL.md has the layout.
import type { Entity, Input } from "./sim.ts";

const INPUT = 1;
const SNAPSHOT = 2;
const INPUT_BYTES = 11;
const MOVED = 1;
const SCORED = 2;
/** What a new entity is a difference to. */
const NOWHERE: Readonly<Entity> = { id: 0, x: 0, y: 0, score: 0 };

/** What a client sees: entities by id. */
export type View = ReadonlyMap<number, Readonly<Entity>>;

/** The same on the server: in the order of the ids. What has not changed since another tick may be the same object. */
export type Sight = readonly Readonly<Entity>[];

interface Header {
  tick: number;
  /** The tick this is a difference to; 0 for none. */
  base: number;
  /** The last input that is in it. */
  seq: number;
}

export interface Snapshot extends Header {
  view: View;
}

export function encodeInput({ seq, dx, dy }: Input, acknowledged: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(INPUT_BYTES);
  const data = new DataView(bytes.buffer);
  data.setUint8(0, INPUT);
  data.setUint32(1, seq, true);
  data.setUint32(5, acknowledged, true);
  data.setInt8(9, dx);
  data.setInt8(10, dy);
  return bytes;
}

export function decodeInput(bytes: Uint8Array): (Input & { acknowledged: number }) | undefined {
  if (bytes.length !== INPUT_BYTES || bytes[0] !== INPUT) return undefined;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    seq: data.getUint32(1, true),
    acknowledged: data.getUint32(5, true),
    dx: data.getInt8(9),
    dy: data.getInt8(10),
  };
}

export function encodeSnapshot({ tick, base, seq }: Header, before: Sight, now: Sight): Uint8Array {
  const { gone, changed } = compare(before, now);
  out.u8(SNAPSHOT);
  out.u32(tick);
  out.u32(base);
  out.u32(seq);
  out.varint(gone.length);
  let last = 0;
  for (const id of gone) {
    out.varint(id - last);
    last = id;
  }
  out.varint(changed.length);
  last = 0;
  for (const { from, to } of changed) {
    const moved = from.x !== to.x || from.y !== to.y;
    const scored = from.score !== to.score;
    out.varint(((to.id - last) << 2) | (moved ? MOVED : 0) | (scored ? SCORED : 0));
    last = to.id;
    if (moved) out.zigzag(to.x - from.x);
    if (moved) out.zigzag(to.y - from.y);
    if (scored) out.zigzag(to.score - from.score);
  }
  return out.take();
}

/** Rebuilds what the server saw. Without the base there is nothing to build on: undefined. */
export function decodeSnapshot(bytes: Uint8Array, views: ReadonlyMap<number, View>): Snapshot | undefined {
  const input = new Reader(bytes);
  if (input.u8() !== SNAPSHOT) return undefined;
  const tick = input.u32();
  const base = input.u32();
  const seq = input.u32();
  const before = base === 0 ? new Map<number, Entity>() : views.get(base);
  if (!before) return undefined;
  const view = new Map(before);
  let last = 0;
  for (let count = input.varint(); count > 0; count--) {
    last += input.varint();
    view.delete(last);
  }
  last = 0;
  for (let count = input.varint(); count > 0; count--) {
    const head = input.varint();
    last += head >>> 2;
    const { x, y, score } = view.get(last) ?? NOWHERE;
    view.set(last, {
      id: last,
      x: x + (head & MOVED ? input.zigzag() : 0),
      y: y + (head & MOVED ? input.zigzag() : 0),
      score: score + (head & SCORED ? input.zigzag() : 0),
    });
  }
  return { tick, base, seq, view };
}

interface Difference {
  gone: number[];
  changed: { from: Readonly<Entity>; to: Readonly<Entity> }[];
}

/** Walks through both at once. */
function compare(before: Sight, now: Sight): Difference {
  const difference: Difference = { gone: [], changed: [] };
  let at = 0;
  for (const to of now) {
    let from = before[at];
    for (; from && from.id < to.id; from = before[++at]) difference.gone.push(from.id);
    if (from?.id === to.id) at += 1;
    else from = undefined;
    if (from !== to && (!from || differs(from, to))) difference.changed.push({ from: from ?? NOWHERE, to });
  }
  for (const { id } of before.slice(at)) difference.gone.push(id);
  return difference;
}

function differs(from: Readonly<Entity>, to: Readonly<Entity>): boolean {
  return from.x !== to.x || from.y !== to.y || from.score !== to.score;
}

/** Puts a snapshot together in memory that is used again for the next. */
class Writer {
  #bytes = new Uint8Array(1024);
  #at = 0;

  u8(value: number): void {
    if (this.#at === this.#bytes.length) {
      const bigger = new Uint8Array(this.#bytes.length * 2);
      bigger.set(this.#bytes);
      this.#bytes = bigger;
    }
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.u8((value >>> shift) & 0xff);
  }

  varint(value: number): void {
    for (; value > 0x7f; value >>>= 7) this.u8((value & 0x7f) | 0x80);
    this.u8(value);
  }

  zigzag(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A copy of what was written; it starts anew. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return bytes;
  }
}

const out = new Writer();

class Reader {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  u8(): number {
    return this.bytes[this.#at++] ?? 0;
  }

  u32(): number {
    return (this.u8() | (this.u8() << 8) | (this.u8() << 16) | (this.u8() << 24)) >>> 0;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  zigzag(): number {
    const value = this.varint();
    return (value >>> 1) ^ -(value & 1);
  }
}
