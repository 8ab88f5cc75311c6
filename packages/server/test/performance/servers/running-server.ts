import type { Placement } from './placement.ts';

/** A registry that listens. */
export interface RunningServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The first of its processes; undefined when they are out of reach. */
  readonly pid: number | undefined;
  /**
   * The headers that a request of this scope needs (`repository:bench/x:pull,push`, `registry:catalog:*`).
   * @throws Error when the registry refuses
   */
  authorize(scope: string): Promise<Readonly<Record<string, string>>>;
  /** Ends it and removes its data, as far as both were begun here. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly placement: Placement;
  /** Kept when the server stops; without it the server gets a folder that goes with it. */
  readonly dataDir?: string;
}

/** A kind of registry that the benchmark can start, or at least reach. */
export interface ServerFactory {
  readonly name: string;
  /** Whether each start gives an empty registry. */
  readonly isFresh: boolean;
  start(options: StartOptions): Promise<RunningServer>;
}

/** The project, or first part of the name, of every repository of the benchmark. */
export const PROJECT = 'bench';

export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push,delete`;
}
