/** The right to run one room. */
export interface Lease {
  /** Still ours, right now. Asked before every tick. */
  valid(): boolean;
  /** Keeps the state for whoever runs the room next. */
  save(state: string): Promise<void>;
  release(): Promise<void>;
}

/** Ours to run, from the state saved last; or another process's, at `url`. */
export type Claim = { lease: Lease; state: string | null } | { url: string };

export interface Owner {
  claim(room: string): Promise<Claim>;
}

const forever: Lease = {
  valid: () => true,
  save: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

/** A single process: every room is ours. */
export const alone: Owner = {
  claim: () => Promise.resolve({ lease: forever, state: null }),
};
