import { type Answer, type Ask, HttpClient, NoAnswerError } from '../support/load/http-client.ts';
import { SERVED_BY } from '../support/start-balancer.ts';
import type { RequestLog } from './request-log.ts';

/** Asks through the balancer, and writes down what became of each request. */
export class WatchedClient extends HttpClient {
  readonly #log: RequestLog;

  constructor(port: number, authorization: string, log: RequestLog) {
    super(port, authorization);
    this.#log = log;
  }

  override async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const startedAtMs = performance.now();
    const fail = (why: string, node: string | undefined, detail: string): void => {
      const endedAtMs = performance.now();
      this.#log.fail({
        kind: `${method} ${why}`,
        node,
        startedAtMs,
        endedAtMs,
        detail: `${method} ${path}: ${detail}`,
      });
    };
    try {
      // An upload's address may name the balancer, to which this goes anyway.
      const answer = await super.ask(method, path.replace(/^https?:\/\/[^/]+/, ''), ask);
      if (answer.status < 500) this.#log.succeed();
      else fail(`${answer.status}`, nodeOf(answer), answer.body.toString('utf8', 0, 200));
      return answer;
    } catch (error) {
      if (error instanceof NoAnswerError) fail('no answer', undefined, error.message);
      throw error;
    }
  }
}

function nodeOf({ headers }: Answer): string | undefined {
  const node = headers[SERVED_BY];
  return typeof node === 'string' ? node : undefined;
}
