import { type BlobsConfig, createBlobStorages } from '../../blob-storages.ts';
import type { Config } from '../../config/config.ts';
import { openInstanceDatabase } from '../../databases.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { recordOperatorAct } from '../../operations/audit-events/record-operator-act.ts';
import { forgetChanges } from '../../operations/recovery/recovery-state.ts';
import { IdSet } from '../../portability/moving/storage/id-set.ts';
import {
  type PassOptions,
  type PassProgress,
  type PassReport,
  StorageMove,
} from '../../portability/moving/storage/storage-move.ts';
import { countOpenUploads } from '../../portability/moving/storage/stored-copies.ts';
import { listInstancesWithData } from './list-instances-with-data.ts';

export interface StorageRoundsDeps {
  readonly config: Config;
  readonly target: BlobsConfig;
  readonly controlPlane: Database<ControlPlaneSchema>;
  readonly clock: Clock;
  /** Default: all. */
  readonly instanceId: string | undefined;
  readonly onProgress: (instanceId: string, progress: PassProgress) => void;
}

export interface InstanceReport extends PassReport {
  readonly id: string;
  /** With bytes that only the source can go on with. */
  readonly openUploads: number;
}

type RoundOptions = Omit<PassOptions, 'onProgress'>;

/** So little is left that the last step, which the server stops for, takes no time. */
const LITTLE = { objects: 50, bytes: 64 * 1024 ** 2 };
/** A registry that takes more than can be copied is stopped some time. */
const MAX_ROUNDS = 10;

/** Passes over all instances, with the storages that they share. */
export class StorageRounds {
  readonly #deps: StorageRoundsDeps;
  readonly #seen = new Map<string, IdSet>();
  readonly #sources: ReturnType<typeof createBlobStorages>;
  readonly #targets: ReturnType<typeof createBlobStorages>;

  constructor(deps: StorageRoundsDeps) {
    this.#deps = deps;
    this.#sources = createBlobStorages(deps.config);
    this.#targets = createBlobStorages(deps.target);
  }

  /** The instances that are moved, as of now. */
  async listIds(): Promise<readonly string[]> {
    const { config, controlPlane, instanceId } = this.#deps;
    const ids = await listInstancesWithData(config, controlPlane);
    return instanceId === undefined ? ids : ids.filter((id) => id === instanceId);
  }

  /** One pass over each instance. */
  async runRound(options: RoundOptions): Promise<readonly InstanceReport[]> {
    const reports: InstanceReport[] = [];
    for (const id of await this.listIds()) reports.push(await this.#pass(id, options));
    return reports;
  }

  /** Rounds until little came meanwhile. @returns what each instance had copied in all of them, and its state in the last */
  async runRounds(options: Omit<RoundOptions, 'isFull'>): Promise<readonly InstanceReport[]> {
    const sums = new Map<string, InstanceReport>();
    for (let round = 1; ; round += 1) {
      const reports = await this.runRound({ ...options, isFull: round === 1 });
      for (const report of reports) sums.set(report.id, add(sums.get(report.id), report));
      const copied = reports.reduce((sum, report) => sum + report.copied, 0);
      const copiedBytes = reports.reduce((sum, report) => sum + report.copiedBytes, 0);
      const isLittle = copied <= LITTLE.objects && copiedBytes <= LITTLE.bytes;
      if (isLittle || round === MAX_ROUNDS || options.isDryRun === true) return [...sums.values()];
    }
  }

  /** @throws what keeps the target from being written to, in a sentence */
  async checkTarget(): Promise<void> {
    const [id = 'main'] = await this.listIds();
    const storage = await this.#targets.open(id);
    try {
      await storage.checkHealth();
    } finally {
      await storage.close();
    }
  }

  /**
   * Tells the audit logs that the blobs are elsewhere. What a lost database is rebuilt from is not copied: it is shipped to the new
   * storage from the beginning, by the first server that starts on it.
   */
  async end(): Promise<void> {
    const { config, target, clock } = this.#deps;
    const act = { kind: 'storage.moved', from: kindOf(config), to: kindOf(target) } as const;
    for (const id of await this.listIds()) {
      const database = await openInstanceDatabase(config, id);
      try {
        await database.execute(recordOperatorAct, { command: 'admin move-storage', act, now: clock.now() });
        await database.execute(forgetChanges, { limit: 0 });
      } finally {
        await database.close();
      }
    }
  }

  async close(): Promise<void> {
    await this.#targets.close();
    await this.#sources.close();
  }

  async #pass(id: string, options: RoundOptions): Promise<InstanceReport> {
    const { config, clock, onProgress } = this.#deps;
    const seen = this.#seen.get(id) ?? new IdSet();
    this.#seen.set(id, seen);
    await using opened = new AsyncDisposableStack();
    const database = opened.adopt(await openInstanceDatabase(config, id), (each) => each.close());
    const source = opened.adopt(await this.#sources.open(id), (each) => each.close());
    const target = opened.adopt(await this.#targets.open(id), (each) => each.close());
    const move = new StorageMove({ database, source, target, clock }, seen);
    const report = await move.runPass({ ...options, onProgress: (progress) => onProgress(id, progress) });
    return { id, openUploads: await countOpenUploads(database.reader, clock.now()), ...report };
  }
}

function kindOf({ blobs }: BlobsConfig): string {
  return blobs === undefined ? 'data folder' : 'bucket';
}

/** What was there before the first round, or came to be there in one of them. */
function add(before: InstanceReport | undefined, report: InstanceReport): InstanceReport {
  if (before === undefined) return report;
  return {
    ...report,
    there: before.there,
    copied: before.copied + report.copied,
    copiedBytes: before.copiedBytes + report.copiedBytes,
  };
}
