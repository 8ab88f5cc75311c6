import { checkServer } from '../../support/check/check-server.ts';
import { listFindings } from '../../support/check/findings.ts';
import { Ledger } from '../../support/ledger/ledger.ts';
import type { LedgerBlob } from '../../support/ledger/ledger-event.ts';
import { LedgerReader } from '../../support/ledger/ledger-reader.ts';
import { describeAnswer } from '../../support/load/http-client.ts';
import { RegistryWrites } from '../../support/load/registry-writes.ts';
import { describeBlob } from '../../support/load/seeded-blob.ts';
import { describeImage, type LoadManifest } from '../../support/load/seeded-manifest.ts';
import type { ServerProcess } from '../../support/process/server-process.ts';
import { expectStatus, MAX_ANSWER_SECONDS, secondsSince, type TimedAnswer, timeAnswer } from './timed-answer.ts';

export interface DiskCheck {
  readonly name: string;
  readonly faults: readonly string[];
  readonly seconds: number;
}

const RECOVERY_TIMEOUT_MS = 30_000;
const MAX_READINESS_MS = 5_000;
const POLL_MS = 100;

/** One server on one small disk: what it was asked, and the checks that it has passed or not. */
export class DiskTrial {
  readonly repository: string;
  readonly checks: DiskCheck[] = [];
  readonly #name: string;
  readonly #server: ServerProcess;
  readonly #ledger: Ledger;
  readonly #reader: LedgerReader;
  readonly #writes: RegistryWrites;
  #count = 0;

  constructor(name: string, server: ServerProcess, options: { readonly project: string; readonly ledgerFile: string }) {
    this.#name = name;
    this.#server = server;
    this.repository = `${options.project}/app`;
    this.#ledger = new Ledger(options.ledgerFile);
    this.#reader = new LedgerReader(options.ledgerFile);
    this.#writes = new RegistryWrites(server.client, this.#ledger);
  }

  close(): void {
    this.#reader.close();
    this.#ledger.close();
  }

  /** @param look what is wrong; nothing of it passes the check */
  async check(name: string, look: () => Promise<readonly string[]> | readonly string[]): Promise<void> {
    const startedAt = performance.now();
    const faults = await Promise.resolve()
      .then(look)
      .catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    const seconds = (performance.now() - startedAt) / 1_000;
    this.checks.push({ name: `${this.#name}: ${name}`, faults, seconds });
  }

  makeBlob(sizeBytes: number): LedgerBlob {
    this.#count += 1;
    return describeBlob(`${this.#name} ${this.#count}`, sizeBytes);
  }

  /** An image of one small layer, pushed and acknowledged. */
  async pushImage(tag: string): Promise<LoadManifest> {
    const [config, layer] = [this.makeBlob(300), this.makeBlob(20_000)];
    for (const blob of [config, layer]) expectStatus(await this.putBlob(blob), 201);
    const image = describeImage(config, [layer], `${this.#name} ${tag}`);
    expectStatus(await this.putManifest(image, tag), 201);
    return image;
  }

  putBlob(blob: LedgerBlob): Promise<TimedAnswer> {
    return timeAnswer(`the upload at once of ${blob.sizeBytes} bytes`, () =>
      this.#writes.putBlobAtOnce(this.repository, blob),
    );
  }

  /** POST, one PATCH, PUT: @returns the first answer that refuses, or the last */
  async uploadInPieces(blob: LedgerBlob): Promise<TimedAnswer> {
    const startedAt = performance.now();
    const upload = await this.#writes.openUpload(this.repository, blob);
    if (!('id' in upload)) return { answer: upload, seconds: secondsSince(startedAt), what: 'the POST of an upload' };
    const patch = await timeAnswer('the PATCH', () => this.#writes.append(upload, 0, blob.sizeBytes));
    if (patch.answer.status !== 202) return patch;
    return timeAnswer('the closing PUT', () => this.#writes.close(upload, blob.sizeBytes));
  }

  putManifest(image: LoadManifest, tag: string): Promise<TimedAnswer> {
    return timeAnswer(`the push of a manifest of ${image.bytes.length} bytes`, () =>
      this.#writes.putManifest(this.repository, image, tag),
    );
  }

  deleteTag(tag: string): Promise<TimedAnswer> {
    return timeAnswer('the delete of a tag', () => this.#writes.deleteTag(this.repository, tag));
  }

  /** Everything acknowledged is there, nothing else is, and all of it can be read. @param server another one on the same data */
  async findLosses(server: ServerProcess = this.#server): Promise<readonly string[]> {
    const findings = await checkServer({
      client: server.client,
      state: this.#reader.readTo(this.#ledger.position),
      recorder: this.#ledger,
      since: 0,
      sample: undefined,
      // Those that were refused half-way may go on or not.
      uploads: 'not-looked-at',
    });
    return listFindings(findings);
  }

  /** What can be seen of a refused blob or manifest. */
  async findRemains(refused: LedgerBlob | { readonly manifest: string }): Promise<readonly string[]> {
    const what = 'manifest' in refused ? `manifests/${refused.manifest}` : `blobs/${refused.digest}`;
    const path = `/v2/${this.repository}/${what}`;
    const { answer } = await timeAnswer('', () => this.#server.client.ask('GET', path));
    return answer.status === 404 ? [] : [`GET ${path}, which was refused: ${describeAnswer(answer)}`];
  }

  /** While nothing can be written: reads go on, and readiness says that writes do not. */
  async checkWhileRefusing(): Promise<void> {
    await this.check('everything acknowledged is read', () => this.findLosses());
    await this.#checkReadiness('/readyz says that it is not ready', 503);
    await this.check('/healthz says that it lives', async () => {
      const { answer } = await timeAnswer('', () => this.#server.client.ask('GET', '/healthz'));
      return answer.status === 200 ? [] : [describeAnswer(answer)];
    });
  }

  /** After the cause is gone, without a restart. */
  async checkRecovery(): Promise<void> {
    let last = '';
    await this.check('it takes pushes again by itself', async () => {
      const isPushed = async () => {
        const { answer, what } = await this.putBlob(this.makeBlob(10_000));
        last = `${what}: ${describeAnswer(answer)}`;
        return answer.status === 201;
      };
      await untilDone(() => last, isPushed);
      await this.pushImage('after');
      return [];
    });
    await this.#checkReadiness('/readyz says that it is ready again', 200);
    await this.check('nothing is lost', () => this.findLosses());
  }

  /** Soon, not at once: an answer may be shared by those who ask within a second. */
  async #checkReadiness(name: string, status: number): Promise<void> {
    let last = '';
    await this.check(name, async () => {
      const isSaid = async () => {
        const ask = () => this.#server.client.ask('GET', '/readyz');
        const { answer, seconds } = await timeAnswer('GET /readyz', ask);
        last = `/readyz says ${describeAnswer(answer)} after ${seconds.toFixed(1)} s`;
        return answer.status === status && seconds <= MAX_ANSWER_SECONDS;
      };
      await untilDone(() => last, isSaid, MAX_READINESS_MS);
      return [];
    });
  }
}

/** Asks until it is done. @param describe what is still wrong @throws Error when it takes too long */
export async function untilDone(
  describe: () => string,
  isDone: () => Promise<boolean>,
  timeoutMs: number = RECOVERY_TIMEOUT_MS,
): Promise<void> {
  const startedAt = performance.now();
  while (!(await isDone())) {
    if (performance.now() - startedAt > timeoutMs) throw new Error(`after ${timeoutMs / 1_000} s: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
