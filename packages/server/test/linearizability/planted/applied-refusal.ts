import { digestOf } from '../../support/tag-history/manifest.ts';
import { type Defect, digestOfRead, type Forward, type ProxiedAnswer, type ProxiedRequest } from './defect.ts';

/** Refuses a replacement and makes it all the same. */
export class AppliedRefusal implements Defect {
  readonly digests = new Set<string>();
  /** The digests that a client was refused, before it is known to have got the refusal. */
  readonly #refusedTo = new Map<object, string>();
  readonly #refused = new Set<string>();
  readonly #seen = new Set<string>();

  get isShown(): boolean {
    return [...this.#refused].some((digest) => this.#seen.has(digest));
  }

  async answer(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const { kind, connection, body } = request;
    // A next request proves that the answer before it arrived.
    const refused = this.#refusedTo.get(connection);
    if (refused !== undefined) this.#refused.add(refused);
    this.#refusedTo.delete(connection);
    const answer = await forward();
    if (kind === 'read') this.#seen.add(digestOfRead(answer) ?? '');
    if (kind !== 'replace' || answer.status !== 412 || this.isShown) return answer;
    const { 'if-match': _condition, ...headers } = request.headers;
    const digest = digestOf(body);
    if ((await forward(headers)).status === 201) {
      this.#refusedTo.set(connection, digest);
      this.digests.add(digest);
    }
    return answer;
  }
}
