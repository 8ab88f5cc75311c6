import { Agent, request } from 'node:http';

/** A flood of wrong passwords that goes on until it is stopped. */
export interface PasswordGuesses {
  /** @returns how many answers there were, by their status; 0 are those without one */
  stop(): Promise<ReadonlyMap<number, number>>;
}

export interface PasswordGuessOptions {
  /** `http://127.0.0.1:PORT`: it trusts 127.0.0.1 as a proxy. */
  readonly url: string;
  readonly username: string;
  readonly perSecond: number;
  /** Where a guess comes from. */
  readonly addressOf: (index: number) => string;
}

const TICK_MS = 10;
const MAX_SOCKETS = 128;

/** Sends so many guesses a second, each another one, to the registry and to its token service in turn. */
export function startPasswordGuesses({ url, username, perSecond, addressOf }: PasswordGuessOptions): PasswordGuesses {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const statuses = new Map<number, number>();
  const waiting = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const guess = (index: number) => {
    const path = index % 2 === 0 ? '/v2/' : '/service/token?service=harbor-registry';
    const authorization = `Basic ${Buffer.from(`${username}:Wrong-${index}-password`).toString('base64')}`;
    const headers = { authorization, 'X-Forwarded-For': addressOf(index) };
    const { promise, resolve } = Promise.withResolvers<void>();
    const count = (status: number) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      resolve();
    };
    const asked = request(`${url}${path}`, { headers, agent }, (response) => {
      response.resume();
      response.once('end', () => count(response.statusCode ?? 0));
      response.once('error', () => count(0));
    });
    asked.once('error', () => count(0));
    asked.end();
    waiting.add(promise);
    void promise.then(() => waiting.delete(promise));
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    while (sent < due) guess(sent++);
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(waiting);
      agent.destroy();
      return statuses;
    },
  };
}

/** An address of a network of its own for each of many. */
export function addressInNetwork(index: number): string {
  return `10.${(index >> 8) & 0xff}.${index & 0xff}.7`;
}
