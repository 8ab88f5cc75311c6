/** The time, passed in so that tests own it. Instants are integer milliseconds UTC. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
