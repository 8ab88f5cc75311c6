import { type Defect, expectedBy, type Forward, type ProxiedAnswer, type ProxiedRequest } from './defect.ts';

/** Lets two clients replace the same manifest, as if the condition had been judged before the write and not with it. */
export class IgnoredCondition implements Defect {
  readonly digests = new Set<string>();
  /** What has been replaced. */
  readonly #replaced = new Set<string>();
  /** What a client replaced that may have left before it was told so. */
  readonly #untold = new Map<object, string>();
  /** How many clients know that they replaced it. */
  readonly #toldCounts = new Map<string, number>();

  get isShown(): boolean {
    return [...this.#toldCounts.values()].some((count) => count > 1);
  }

  async answer(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const { kind, connection } = request;
    // A next request proves that the answer before it arrived.
    const told = this.#untold.get(connection);
    if (told !== undefined) this.#toldCounts.set(told, (this.#toldCounts.get(told) ?? 0) + 1);
    this.#untold.delete(connection);
    if (kind !== 'replace' || this.isShown) return forward();
    const expected = expectedBy(request);
    const isAgain = this.#replaced.has(expected);
    const { 'if-match': _condition, ...unconditional } = request.headers;
    const answer = await forward(isAgain ? unconditional : request.headers);
    if (answer.status !== 201) return answer;
    this.#replaced.add(expected);
    this.#untold.set(connection, expected);
    if (isAgain) this.digests.add(expected);
    return answer;
  }
}
