import { connect } from 'node:net';
import type { Answer } from '../support/http-client.ts';
import type { CanaryBook } from './canary-book.ts';
import type { Field } from './fields.ts';

interface Kept {
  readonly asked: string;
  readonly status: number;
  readonly text: string;
  /** The secrets that it is there to give. */
  readonly gives: Set<Field>;
}

/** Every answer of a run, to be searched when all secrets are known. */
export class KeptAnswers {
  readonly #book: CanaryBook;
  readonly #kept = new Map<Answer | string, Kept>();
  readonly #given: { readonly field: Field; readonly secret: string }[] = [];

  constructor(book: CanaryBook) {
    this.#book = book;
  }

  async keep(asked: string, asking: Promise<Answer>): Promise<Answer> {
    const answer = await asking;
    const text = `${JSON.stringify(answer.headers)}\n${answer.body.toString('latin1')}`;
    this.#kept.set(answer, { asked, status: answer.status, text, gives: new Set() });
    return answer;
  }

  /** Asks by bytes that no client would send. @returns the status */
  async sendRaw(asked: string, url: string, request: string): Promise<number> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.end(request);
    const pieces: Buffer[] = [];
    for await (const piece of socket) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('latin1');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
    this.#kept.set(`${asked} ${this.#kept.size}`, { asked, status, text, gives: new Set() });
    return status;
  }

  /** The answer is the one that gives this secret. */
  gives(answer: Answer, field: Field, secret: string): void {
    this.#kept.get(answer)?.gives.add(field);
    this.#given.push({ field, secret });
    this.#book.keep(field, secret);
  }

  /** The answer gives a secret that is known already, as it has to. */
  givesAgain(answer: Answer, field: Field): void {
    this.#kept.get(answer)?.gives.add(field);
  }

  /** What was asked, without queries. */
  get asked(): readonly string[] {
    return [...new Set([...this.#kept.values()].map(({ asked }) => asked))];
  }

  get count(): number {
    return this.#kept.size;
  }

  get refused(): number {
    return [...this.#kept.values()].filter(({ status }) => status >= 400).length;
  }

  /** @returns the secrets in answers that do not give them */
  findLeaks(): readonly string[] {
    return [...this.#kept.values()].flatMap(({ asked, status, text, gives }) =>
      this.#book.find(text, gives).map((found) => `${found} in the answer ${status} to ${asked}`),
    );
  }

  /** @returns the fields of secrets that are not in one answer alone, where nothing else gives them again */
  findShownAgain(): readonly Field[] {
    const all = [...this.#kept.values()];
    const isGivenAgain = (field: Field) => field === 'token against forged requests' || field === 'refresh token';
    const wrong = this.#given.filter(({ field, secret }) => {
      const shown = all.filter(({ text }) => text.includes(secret)).length;
      return isGivenAgain(field) ? shown === 0 : shown !== 1;
    });
    return wrong.map(({ field }) => field);
  }

  get given(): number {
    return this.#given.length;
  }
}
