/**
 * What is known of where a try comes from: the account has signed in from that network before, nothing, or it has failed there a
 * moment ago.
 */
export type Standing = 'proven' | 'unknown' | 'failing';

export interface QueuePlace {
  readonly standing: Standing;
  /** Those of one account wait behind each other, and accounts in turn. */
  readonly account: string;
}

/** Whose computations somebody takes. */
export type Whose = 'anybody' | 'proven' | 'strangers';

const LANES: Readonly<Record<Whose, readonly Standing[]>> = {
  anybody: ['proven', 'unknown', 'failing'],
  proven: ['proven'],
  strangers: ['unknown', 'failing'],
};
/** Of so many turns one begins with the lane behind, so that nobody waits for ever. */
const TURNS = 4;

/**
 * Computations that wait, bounded and fair: who has signed in from there before goes first, who has failed there a moment ago last, and
 * among equals each account has its turn, whatever others of it wait.
 */
export class PasswordQueue<Job> {
  readonly #lanes: Readonly<Record<Standing, Lane<Job>>>;
  #turn = 0;

  /** @param maxPerLane how many of each standing may wait */
  constructor(maxPerLane: number) {
    const lane = () => new Lane<Job>(maxPerLane);
    this.#lanes = { proven: lane(), unknown: lane(), failing: lane() };
  }

  get size(): number {
    return this.count('anybody');
  }

  count(whose: Whose): number {
    return LANES[whose].reduce((sum, standing) => sum + this.#lanes[standing].size, 0);
  }

  /** @returns the one for which there is no room any more: another of an account with more than its share, the new one, or none */
  add(job: Job, { standing, account }: QueuePlace): Job | undefined {
    return this.#lanes[standing].add(job, account);
  }

  shift(whose: Whose = 'anybody'): Job | undefined {
    this.#turn += 1;
    const first = this.#turn % (TURNS * TURNS) === 0 ? 2 : this.#turn % TURNS === 0 ? 1 : 0;
    const lanes = LANES[whose];
    for (const standing of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      const job = this.#lanes[standing].shift();
      if (job !== undefined) return job;
    }
    return undefined;
  }

  /** Empties it. */
  drain(): readonly Job[] {
    const jobs: Job[] = [];
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job);
    return jobs;
  }
}

class Lane<Job> {
  readonly #max: number;
  /** Accounts in the order of their turns: a `Map` keeps the order in which keys came. */
  readonly #waiting = new Map<string, Job[]>();
  size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(job: Job, account: string): Job | undefined {
    const own = this.#waiting.get(account) ?? [];
    let evicted: Job | undefined;
    if (this.size >= this.#max) {
      const longest = this.#findLongest();
      if (longest.length <= own.length + 1) return job;
      evicted = longest.pop();
      this.size -= 1;
    }
    own.push(job);
    this.#waiting.set(account, own);
    this.size += 1;
    return evicted;
  }

  shift(): Job | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [account, jobs] = first;
    const job = jobs.shift();
    this.#waiting.delete(account);
    if (jobs.length > 0) this.#waiting.set(account, jobs);
    this.size -= 1;
    return job;
  }

  #findLongest(): Job[] {
    let longest: Job[] = [];
    for (const jobs of this.#waiting.values()) if (jobs.length > longest.length) longest = jobs;
    return longest;
  }
}
