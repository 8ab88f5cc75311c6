import type { CaseRun } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import type { SeededAccount } from '../seeded-accounts.ts';
import { jsonRequest, readDocument } from './json-request.ts';

/** An account that a case may do anything with. */
export interface Throwaway extends SeededAccount {
  readonly id: number;
}

let count = 0;

/** A name that nothing had before. */
export function freshName(): string {
  count += 1;
  return `throwaway-${count}`;
}

const PASSWORD = 'Throwaway-31415';

/** Makes, as the administrator, what a case attacks, and takes it away when the case is over, the last made first. */
export class Stage implements AsyncDisposable {
  readonly #run: CaseRun;
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(run: CaseRun) {
    this.#run = run;
  }

  async account({ isAdministrator = false }: { readonly isAdministrator?: boolean } = {}): Promise<Throwaway> {
    const username = freshName();
    const body = { username, password: PASSWORD, isAdministrator, mustChangePassword: false };
    const { id } = readDocument<{ id: number }>(await this.do('POST', '/api/roadstead/v1/users', body));
    this.remove(`/api/roadstead/v1/users/${id}`);
    return { id, username, password: PASSWORD };
  }

  /** Asks for something that must succeed. @throws Error when it does not */
  async do(method: string, target: string, document?: unknown): Promise<RawAnswer> {
    const answer = await this.#run.ask(jsonRequest(method, target, document));
    if (typeof answer !== 'string' && answer.status < 400) return answer;
    const status = typeof answer === 'string' ? answer : `${answer.status} ${answer.body.toString('utf8')}`;
    throw new Error(`setting the stage: ${method} ${target}: ${status}`);
  }

  async read<Document>(target: string): Promise<Document> {
    return readDocument(await this.do('GET', target));
  }

  /** To be deleted at the end, unless it is gone by then. */
  remove(target: string): void {
    this.onEnd(async () => {
      await this.#run.ask(jsonRequest('DELETE', target));
    });
  }

  /** To be done at the end. */
  onEnd(undo: () => Promise<void>): void {
    this.#undo.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo.toReversed()) await undo();
  }
}
