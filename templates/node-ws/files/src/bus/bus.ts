import type { ChatMessage, Person } from "../../shared/protocol.ts";

export type NewMessage = Omit<ChatMessage, "id">;

export interface Page {
  messages: ChatMessage[];
  /** Messages between the cursor and the first of these are gone. */
  gap: boolean;
  /** There are more after the last of these. */
  more: boolean;
}

export interface Listener {
  /** Called for every message of the room, in order, once. */
  message(message: ChatMessage): void;
  /** Who is here has changed: ask `people`. */
  people(): void;
}

/** Carries rooms from where something is said to everyone who listens. */
export interface Bus {
  /** Starts listening to a room. */
  open(room: string, listener: Listener): Promise<void>;
  close(room: string): void;
  /** Stores and delivers a message; one with a nonce already seen is dropped. */
  append(room: string, message: NewMessage): Promise<void>;
  /** The messages after a cursor, oldest first; without one, the latest. */
  read(room: string, after: string | undefined, limit: number): Promise<Page>;
  /** Says who is in the room on this process: all of them, each time. */
  announce(room: string, people: Person[]): Promise<void>;
  /** Who is in the room on any process. */
  people(room: string): Promise<Person[]>;
  /** What is wrong, if anything is. */
  check(): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** How many messages of a room are kept at most. */
export const KEPT = 500;
