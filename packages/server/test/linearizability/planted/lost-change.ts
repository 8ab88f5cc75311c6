import { digestOf } from '../../support/tag-history/manifest.ts';
import {
  type Defect,
  digestOfRead,
  expectedBy,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from './defect.ts';

/** How long a client may take for its next request, before others no longer wait for it. */
const PATIENCE_MS = 500;

/**
 * Acknowledges a change and does not make it. So that nobody's change hides that, those of others wait meanwhile: one
 * client reads a digest, makes its change, and reads the same digest again.
 */
export class LostChange implements Defect {
  readonly digests = new Set<string>();
  readonly #victim: 'put' | 'replace' | 'delete';
  #phase: 'idle' | 'looking' | 'looked' | 'lost' | 'shown' = 'idle';
  #owner: object | undefined;
  #before = '';
  #changesInFlight = 0;
  #opened = Promise.resolve();
  #open: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(victim: 'put' | 'replace' | 'delete') {
    this.#victim = victim;
  }

  get isShown(): boolean {
    return this.#phase === 'shown';
  }

  async answer(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const isOwner = request.connection === this.#owner;
    if (request.kind === 'read') {
      if (this.#phase === 'idle') return this.#look(request, forward);
      return isOwner ? this.#lookAgain(forward) : forward();
    }
    if (isOwner && this.#phase === 'looked' && this.#isVictim(request)) return this.#lose(request);
    if (isOwner) this.#giveUp();
    while (this.#phase !== 'idle' && this.#phase !== 'shown') await this.#opened;
    this.#changesInFlight += 1;
    try {
      return await forward();
    } finally {
      this.#changesInFlight -= 1;
    }
  }

  /** From here on nobody else changes the tag. */
  async #look({ connection }: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    this.#phase = 'looking';
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#open = resolve;
    this.#timer = setTimeout(() => this.#giveUp(), PATIENCE_MS);
    while (this.#changesInFlight > 0) await new Promise((wake) => setTimeout(wake, 1));
    if (this.#phase === 'looking') this.#owner = connection;
    return this.#lookAgain(forward);
  }

  async #lookAgain(forward: Forward): Promise<ProxiedAnswer> {
    const answer = await forward();
    const digest = digestOfRead(answer);
    if (this.#phase === 'lost' && digest === this.#before) this.#end('shown');
    else if (digest === undefined || this.#phase === 'lost') this.#giveUp();
    else if (this.#phase === 'looking' || this.#phase === 'looked') {
      this.#phase = 'looked';
      this.#before = digest;
    }
    return answer;
  }

  #isVictim(request: ProxiedRequest): boolean {
    if (request.kind !== this.#victim) return false;
    return request.kind !== 'replace' || expectedBy(request) === this.#before;
  }

  #lose({ kind, body }: ProxiedRequest): ProxiedAnswer {
    this.#phase = 'lost';
    this.digests.add(this.#before);
    if (kind === 'delete') return { status: 202, headers: {}, body: Buffer.alloc(0) };
    const digest = digestOf(body);
    this.digests.add(digest);
    return { status: 201, headers: { 'docker-content-digest': digest }, body: Buffer.alloc(0) };
  }

  #giveUp(): void {
    if (this.#phase !== 'shown') this.#end('idle');
  }

  #end(phase: 'idle' | 'shown'): void {
    clearTimeout(this.#timer);
    this.#phase = phase;
    this.#owner = undefined;
    this.#open();
  }
}
