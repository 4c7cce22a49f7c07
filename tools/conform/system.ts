import type { Side } from "./ask";
import type { Fact, KnownDifference } from "./fact";

/** A method, and the paths that are answered by it. */
export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
}

/** A stand-in that runs for a comparison. */
export interface RunningStandIn {
  readonly side: Side;
  /** Values that facts may name in addition to those of every side. */
  readonly known?: Readonly<Record<string, unknown>>;
  /** All that it serves. */
  readonly routes: readonly Route[];
  stop(): Promise<void>;
}

/** A system whose stand-in is compared with the real one. */
export interface ComparedSystem {
  readonly name: string;
  /** The option of `npm run conform` for the real one's address, or for the binary of zot. */
  readonly option: "authentik" | "forgejo" | "connect" | "zot";
  readonly facts: readonly Fact[];
  /** Differences that were examined and stay. */
  readonly known: readonly KnownDifference[];
  /** What was never tested with a real one, and why. */
  readonly never: readonly string[];
  /** What the stand-in serves and no fact asks: method and path, and why it needs none. */
  readonly unasked: Readonly<Record<string, string>>;
  readonly flavours: readonly string[];
  /** What it takes to have a real one, where that is more than to run it. */
  readonly takes?: string;
  /** The real one by its address, with what opens it. @throws SystemError, Error where it is none */
  open(url: string, environment: NodeJS.ProcessEnv, place: Place): Promise<Opened>;
  /** The stand-in in one of its flavours. */
  standIn(flavour: string): Promise<RunningStandIn>;
  /**
   * Deletes everything that a comparison created, this one or one that was killed: all objects with the prefix.
   *
   * @returns the objects that could not be deleted
   */
  cleanUp(side: Side, prefix: string, known: Readonly<Record<string, unknown>>): Promise<readonly string[]>;
}

/** Where in a system a comparison works, in those that make nothing of their own for it. */
export interface Place {
  /** Name or id of a vault. */
  readonly vault?: string | undefined;
}

export interface Opened {
  readonly side: Side;
  readonly known?: Readonly<Record<string, unknown>>;
  /** What it calls itself: Gitea is compared with Forgejo's stand-in. */
  readonly server: string;
  /** As it tells it. */
  readonly version: string;
  /** Of a server that was started for the comparison. */
  stop?(): Promise<void>;
}
