import type { Repository } from './repository.ts';

/** Where a case works: two repositories of its own in one project, which do not exist yet. */
export interface Ground {
  readonly repository: Repository;
  readonly other: Repository;
}

export interface ConformanceCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Ends when the behaviour holds, throws when it does not. */
  run(ground: Ground): Promise<void>;
}
