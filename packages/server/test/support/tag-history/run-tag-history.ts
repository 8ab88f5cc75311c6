import { setTimeout as sleep } from 'node:timers/promises';
import { ABSENT, type RegisterOperation, type Step, type TagValue } from '../register/register-operation.ts';
import { SeededRandom } from '../seeded-random.ts';
import { chooseAbandonment, chooseRequest, type Mix } from './choose-request.ts';
import { type HttpAnswer, HttpConnection, type NoAnswer } from './http-connection.ts';
import { createManifest, type Manifest, type ManifestKind } from './manifest.ts';
import { readAnswer } from './read-answer.ts';
import { describeRequest, isRead, type TagRequest, toHttpRequest } from './tag-request.ts';

/** Where the clients find the registry, which may be away for a while. */
export interface Target {
  readonly authorization: string;
  /** Nanoseconds of the one monotonic clock of the history. */
  now(): number;
  port(): Promise<number>;
  /** Is told of each operation. */
  count?(): void;
  /** Is told of each answer, and of each that did not come; what it takes, the client waits. */
  observe?(request: TagRequest, answer: HttpAnswer | NoAnswer, calledAtNs: number): void | Promise<void>;
}

export interface TagLoad {
  /** Unlike that of any other history that this registry has ever seen. */
  readonly name: string;
  /** `/v2/<name>/manifests/<tag>` */
  readonly path: string;
  readonly manifestKind: ManifestKind;
  readonly mix: Mix;
  readonly clientCount: number;
  readonly seed: number;
  /** What all clients ask at once at first; else anything. */
  readonly first?: 'put' | 'create';
  /** The clients go on until then. */
  isEnough(operationCount: number): boolean;
}

export interface TagHistory {
  readonly name: string;
  readonly operations: readonly RegisterOperation[];
  /** How often each answer came to each kind of request: `put 201`, `delete abandoned`. */
  readonly answers: ReadonlyMap<string, number>;
  /** Answers that a registry may not give. */
  readonly faults: readonly string[];
}

/** Has several clients work on one tag at once and records what each of them saw and did. */
export async function runTagHistory(load: TagLoad, target: Target): Promise<TagHistory> {
  const history = new Recorder(load, target);
  const clients = Array.from({ length: load.clientCount }, (_, index) => new TagClient(index, history));
  await Promise.all(clients.map((client) => client.work()));
  // When all is quiet, everybody sees what is left: a last write that got lost shows here at the latest.
  await Promise.all(clients.map((client) => client.ask({ kind: 'get' })));
  for (const client of clients) client.close();
  return history;
}

class Recorder implements TagHistory {
  readonly operations: RegisterOperation[] = [];
  readonly answers = new Map<string, number>();
  readonly faults: string[] = [];
  readonly load: TagLoad;
  readonly target: Target;

  constructor(load: TagLoad, target: Target) {
    this.load = load;
    this.target = target;
  }

  get name(): string {
    return this.load.name;
  }

  record(operation: RegisterOperation): void {
    this.operations.push(operation);
    this.target.count?.();
  }

  countAnswer(request: TagRequest, answer: HttpAnswer | NoAnswer): void {
    const key = `${request.kind} ${typeof answer === 'string' ? answer : answer.status}`;
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
  }
}

const RETRY_MS = 20;
const MAX_UNREACHABLE_MS = 60_000;
/** After so many wrong answers the rest would be the same. */
const MAX_FAULTS = 100;
/** One request of so many comes after a pause: without any, the tag would never be quiet, and quiet is where faults show. */
const PAUSES_OF = 10;
const MAX_PAUSE_MS = 15;

class TagClient {
  readonly #index: number;
  readonly #history: Recorder;
  readonly #random: SeededRandom;
  readonly #connection: HttpConnection;
  #known: TagValue = ABSENT;
  #manifestCount = 0;
  #unsentCount = 0;

  constructor(index: number, history: Recorder) {
    const { load, target } = history;
    this.#index = index;
    this.#history = history;
    this.#random = new SeededRandom(load.seed + index);
    this.#connection = new HttpConnection(target.authorization, () => target.now());
  }

  async work(): Promise<void> {
    const { load, operations, faults } = this.#history;
    if (load.first !== undefined) await this.ask({ kind: load.first, manifest: this.#createManifest() });
    while (!load.isEnough(operations.length) && faults.length < MAX_FAULTS) {
      if (this.#random.below(PAUSES_OF) === 0) await sleep(this.#random.below(MAX_PAUSE_MS));
      await this.ask(chooseRequest(this.#random, load.mix, this.#known, () => this.#createManifest()));
    }
  }

  /** Asks once and records it. @throws Error when the registry has been unreachable for long */
  async ask(request: TagRequest): Promise<void> {
    const { load, target } = this.#history;
    const port = await target.port();
    const abandonment = chooseAbandonment(this.#random, request);
    const calledAtNs = target.now();
    const answer = await this.#connection.send(toHttpRequest(request), { port, path: load.path, abandonment });
    this.#history.countAnswer(request, answer);
    const waiting = target.observe?.(request, answer, calledAtNs);
    if (answer === 'unsent') return this.#waitForRegistry();
    this.#unsentCount = 0;
    if (typeof answer === 'string' || answer.status >= 500) this.#recordUnknown(request, answer, calledAtNs);
    else this.#recordAnswer(request, answer, calledAtNs);
    await waiting;
  }

  close(): void {
    this.#connection.close();
  }

  async #waitForRegistry(): Promise<void> {
    this.#unsentCount += 1;
    if (this.#unsentCount * RETRY_MS > MAX_UNREACHABLE_MS)
      throw new Error(`the registry cannot be reached: nobody has listened for ${MAX_UNREACHABLE_MS} ms`);
    await sleep(RETRY_MS);
  }

  #recordAnswer(request: TagRequest, answer: HttpAnswer, calledAtNs: number): void {
    const reading = readAnswer(request, answer);
    if ('fault' in reading) {
      this.#history.faults.push(`${describeRequest(request)}: ${reading.fault}`);
      return;
    }
    const { step } = reading;
    this.#known = valueAfter(step);
    this.#history.record({
      client: this.#index,
      step,
      isUnknown: false,
      calledAtNs,
      returnedAtNs: answer.answeredAtNs,
      text: `${describeRequest(request)} → ${answer.status}${step.kind === 'see' ? ` (${step.value})` : ''}`,
    });
  }

  #recordUnknown(request: TagRequest, answer: HttpAnswer | NoAnswer, calledAtNs: number): void {
    if (isRead(request)) return;
    this.#history.record({
      client: this.#index,
      step: toStep(request),
      isUnknown: true,
      calledAtNs,
      returnedAtNs: Number.POSITIVE_INFINITY,
      text: `${describeRequest(request)} → ${typeof answer === 'string' ? answer : answer.status}`,
    });
  }

  #createManifest(): Manifest {
    this.#manifestCount += 1;
    const { name, manifestKind } = this.#history.load;
    return createManifest(manifestKind, `${name}/${this.#index}/${this.#manifestCount}`);
  }
}

/** What the request does if it does what it asks for. */
function toStep(request: TagRequest): Step {
  switch (request.kind) {
    case 'put':
      return { kind: 'write', value: request.manifest.digest };
    case 'replace':
      return { kind: 'swap', expected: request.expected, value: request.manifest.digest };
    case 'create':
      return { kind: 'swap', expected: ABSENT, value: request.manifest.digest };
    case 'delete':
      return { kind: 'remove' };
    default:
      throw new Error('a read does nothing');
  }
}

function valueAfter(step: Step): TagValue {
  return step.kind === 'remove' || step.kind === 'miss' ? ABSENT : step.value;
}
