import path from 'node:path';
import { describeBlobsPlace } from '../blob-places.ts';
import type { BlobsConfig } from '../blob-storages.ts';
import type { Config } from '../config/config.ts';
import { createDataDir } from '../config/secrets.ts';
import { removeMark, writeMark } from '../control-plane/move-marks.ts';
import { openControlPlaneDatabase } from '../databases.ts';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import type { Database } from '../drivers/database/database.ts';
import { type ExclusiveFile, findExclusiveFile } from '../drivers/database/sqlite/exclusive-file.ts';
import { findDataFolderHold } from '../hold-data-folder.ts';
import { ProductError } from '../kernel/errors.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { countServerSessions, nameConnections } from './moving/maintenance-sessions.ts';
import { createProgressLines } from './moving/progress-lines.ts';
import { type BlobsTarget, readBlobsTarget } from './moving/read-blobs-target.ts';
import { readTargetAddress, type TargetOptions } from './moving/read-target-address.ts';
import { renderStorageMove, type StorageMoveResult } from './moving/render-storage-move.ts';
import { StorageRounds } from './moving/storage-rounds.ts';

export interface MoveStorageOptions extends CommonOptions, TargetOptions {
  readonly instance?: string | undefined;
  readonly finish?: boolean | undefined;
  readonly verify?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly concurrency?: string | undefined;
  readonly json?: boolean | undefined;
}

const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 64;

/** `admin move-storage`: copies all blobs to another storage while the server runs, and the rest while it does not. */
export async function moveStorage(context: CommandContext, options: MoveStorageOptions): Promise<ExitCode> {
  const loaded = await loadConfig(context, options);
  const { databaseUrl } = loaded;
  const config = databaseUrl === undefined ? loaded : { ...loaded, databaseUrl: nameConnections(databaseUrl) };
  createDataDir(config.dataDir);
  await using opened = new AsyncDisposableStack();
  const controlPlane = opened.adopt(await openControlPlaneDatabase(config), (each) => each.close());
  if (options.undo === true) return await undoMove(context, controlPlane);
  const target = readBlobsTarget(readTargetAddress(options), config.dataDir, context.workingDir);
  assertOtherPlace(config, target);
  opened.adopt(holdMove(config.dataDir), (held) => held.release());
  const onProgress = createProgressLines((line) => context.printError(line), context.clock);
  const instanceId = options.instance === 'all' ? undefined : options.instance;
  const deps = { config, target, controlPlane, clock: context.clock, instanceId, onProgress };
  const rounds = opened.adopt(new StorageRounds(deps), (each) => each.close());
  if ((await rounds.listIds()).length === 0) throw noInstance(instanceId);
  const result = await new StorageMoving({ context, config, target, controlPlane, rounds, options }).run();
  const isDone = result.instances.every(({ failures }) => failures.length === 0);
  if (options.json === true) context.print(`${JSON.stringify(result)}\n`);
  else context.print(renderStorageMove(result, target));
  return isDone ? EXIT_CODE.ok : EXIT_CODE.failure;
}

interface StorageMovingDeps {
  readonly context: CommandContext;
  readonly config: Config;
  readonly target: BlobsTarget;
  readonly controlPlane: Database<ControlPlaneSchema>;
  readonly rounds: StorageRounds;
  readonly options: MoveStorageOptions;
}

/** The steps of one move: online as long as the server runs, the last one when it does not. */
class StorageMoving {
  readonly #deps: StorageMovingDeps;
  readonly #concurrency: number;

  constructor(deps: StorageMovingDeps) {
    this.#deps = deps;
    this.#concurrency = readConcurrency(deps.options.concurrency);
  }

  async run(): Promise<StorageMoveResult> {
    const { rounds, options } = this.#deps;
    const isDryRun = options.dryRun === true;
    const pass = { concurrency: this.#concurrency, verifies: options.verify, isDryRun };
    if (isDryRun) return this.#result('dry-run', await rounds.runRounds(pass));
    await rounds.checkTarget().catch(rethrowAsSentence);
    using held = await this.#findHold();
    if (held !== undefined) return await this.#finish();
    const instances = await rounds.runRounds(pass).catch(rethrowAsSentence);
    const hasFailed = instances.some(({ failures }) => failures.length > 0);
    using stopped = hasFailed ? undefined : await this.#findHold();
    return stopped === undefined ? this.#result('copied', instances) : await this.#finish();
  }

  /** Everything once more, with nobody to write meanwhile. */
  async #finish(): Promise<StorageMoveResult> {
    const { config, target, controlPlane, context, rounds, options } = this.#deps;
    const pass = { concurrency: this.#concurrency, verifies: options.verify, isFull: true };
    const instances = await rounds.runRound(pass).catch(rethrowAsSentence);
    const isWhole = instances.every(({ failures }) => failures.length === 0);
    const isEverything = options.instance === undefined || options.instance === 'all';
    if (!isWhole || !isEverything) return this.#result('copied', instances);
    const places = { from: describeBlobsPlace(config), to: describeBlobsPlace(target) };
    await rounds.end().catch(rethrowAsSentence);
    await writeMark(controlPlane, 'blobs-move', { ...places, at: context.clock.now() });
    return this.#result('finished', instances);
  }

  #result(state: StorageMoveResult['state'], instances: StorageMoveResult['instances']): StorageMoveResult {
    const { config, target, options } = this.#deps;
    const needsFinish = config.databaseUrl !== undefined;
    const isEverything = options.instance === undefined || options.instance === 'all';
    const places = { from: describeBlobsPlace(config), to: describeBlobsPlace(target) };
    return { state, ...places, verified: options.verify === true, needsFinish, isEverything, instances };
  }

  /**
   * Keeps servers from starting, unless one runs. Nodes elsewhere show only as connections, and idle ones not at all: so the
   * operator has to say that there are none.
   * @throws ProductError CONFLICT when he says so, and one runs
   */
  async #findHold(): Promise<(ExclusiveFile & Disposable) | undefined> {
    const { config, controlPlane, options } = this.#deps;
    const hasNodes = config.databaseUrl !== undefined;
    if (hasNodes && options.finish !== true) return undefined;
    const sessions = hasNodes ? await countServerSessions(controlPlane) : 0;
    const lock = sessions > 0 ? undefined : findDataFolderHold(config.dataDir);
    if (lock !== undefined) return { ...lock, [Symbol.dispose]: () => lock.release() };
    if (options.finish !== true) return undefined;
    const who =
      sessions > 0 ? `servers have ${sessions} connections to the database` : `a server has ${config.dataDir}`;
    throw new ProductError('CONFLICT', `${who}: stop every server before the last step`);
  }
}

async function undoMove(context: CommandContext, controlPlane: Database<ControlPlaneSchema>): Promise<ExitCode> {
  const isUndone = await removeMark(controlPlane, 'blobs-move');
  context.print(isUndone ? 'The server may start with its former blobs again.\n' : 'No blobs were moved.\n');
  return EXIT_CODE.ok;
}

function assertOtherPlace(config: Config, target: BlobsConfig): void {
  const place = describeBlobsPlace(target);
  if (place === describeBlobsPlace(config)) throw new UsageError(`the blobs are in ${place} already`);
}

/** Two at once would clear up after each other. */
function holdMove(dataDir: string): ExclusiveFile {
  const lock = findExclusiveFile(path.join(dataDir, 'move-storage.lock'));
  if (lock !== undefined) return lock;
  throw new ProductError('CONFLICT', `another move-storage runs on ${dataDir}: wait for it to end`);
}

function noInstance(instanceId: string | undefined): ProductError {
  const message =
    instanceId === undefined
      ? 'there is nothing to move: no instance has data yet, so change the setting and start the server'
      : `there is no instance ${instanceId} with data: see \`roadstead admin instance list\``;
  return new ProductError('NOT_FOUND', message);
}

function readConcurrency(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CONCURRENCY;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_CONCURRENCY) return value;
  throw new UsageError(`--concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}, not "${text}"`);
}

/** What fails here is one of the two storages; what was copied stays. */
function rethrowAsSentence(error: unknown): never {
  // A mistake of ours needs its stack.
  if (error instanceof TypeError) throw error;
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  const code = error instanceof ProductError ? error.code : 'UNAVAILABLE';
  throw new ProductError(code, `${reason}. What was copied stays: run the same command again to go on.`, {
    cause: error,
  });
}
