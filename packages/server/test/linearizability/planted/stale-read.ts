import { type Defect, digestOfRead, type Forward, type ProxiedAnswer, type ProxiedRequest } from './defect.ts';

/** Answers a read once with what the same client had read before its last change, as a cache does that was not told of it. */
export class StaleRead implements Defect {
  readonly digests = new Set<string>();
  readonly #read = new Map<object, ProxiedAnswer>();
  readonly #changed = new Set<object>();
  #isShown = false;

  get isShown(): boolean {
    return this.#isShown;
  }

  async answer(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const { kind, connection, method, headers } = request;
    if (kind !== 'read') {
      const answer = await forward();
      if (this.#read.has(connection) && (answer.status === 201 || answer.status === 202)) this.#changed.add(connection);
      return answer;
    }
    const stale = this.#changed.has(connection) ? this.#read.get(connection) : undefined;
    const digest = stale && digestOfRead(stale);
    const isPlain = headers['if-none-match'] === undefined;
    if (!this.#isShown && isPlain && stale !== undefined && digest !== undefined) {
      this.#isShown = true;
      this.digests.add(digest);
      return method === 'HEAD' ? { ...stale, body: Buffer.alloc(0) } : stale;
    }
    const answer = await forward();
    // After a change of its own the client is to see the old manifest, not the one that it has now read.
    if (method === 'GET' && answer.status === 200 && !this.#changed.has(connection)) this.#read.set(connection, answer);
    return answer;
  }
}
