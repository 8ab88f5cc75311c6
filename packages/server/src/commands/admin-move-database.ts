import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { createDataDir } from '../config/secrets.ts';
import { CONTROL_PLANE_SQLITE_FILE } from '../control-plane/instances/instance-location.ts';
import { DATABASE_MARK, removeMark } from '../control-plane/move-marks.ts';
import { openControlPlaneDatabase } from '../databases.ts';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import type { Database } from '../drivers/database/database.ts';
import type { ExclusiveFile } from '../drivers/database/sqlite/exclusive-file.ts';
import { findDataFolderHold } from '../hold-data-folder.ts';
import { ProductError } from '../kernel/errors.ts';
import { systemIds } from '../kernel/ids.ts';
import { type CommandContext, EXIT_CODE, type ExitCode } from './command-context.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { DatabaseMoving, type MovedTable } from './moving/database-moving.ts';
import { inspectTarget } from './moving/database-target.ts';
import { listInstancesWithData } from './moving/list-instances-with-data.ts';
import { countServerSessions, nameConnections } from './moving/maintenance-sessions.ts';
import { createMovedUnits } from './moving/moved-unit.ts';
import { countOf } from './moving/quantities.ts';
import { describeDatabase, readDatabaseTarget } from './moving/read-database-target.ts';
import { readTargetAddress, type TargetOptions } from './moving/read-target-address.ts';
import { createRowLines } from './moving/row-lines.ts';

export interface MoveDatabaseOptions extends CommonOptions, TargetOptions {
  readonly dryRun?: boolean | undefined;
  readonly replace?: boolean | undefined;
  readonly undo?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What the steps of the command share. */
interface Move {
  readonly context: CommandContext;
  readonly options: MoveDatabaseOptions;
  readonly source: Config;
  readonly target: Config;
  readonly instanceIds: readonly string[];
  readonly controlPlane: Database<ControlPlaneSchema>;
}

/** `admin move-database`: copies control plane and instances into another engine, while no server runs. */
export async function moveDatabase(context: CommandContext, options: MoveDatabaseOptions): Promise<ExitCode> {
  const source = named(await loadConfig(context, options));
  createDataDir(source.dataDir);
  assertThereIsOne(source);
  await using opened = new AsyncDisposableStack();
  const open = async () => opened.adopt(await openControlPlaneDatabase(source), (each) => each.close());
  if (options.undo === true) return await undoMove(context, await open());
  const databaseUrl = readDatabaseTarget(readTargetAddress(options), source.databaseUrl);
  const target = named({ ...source, databaseUrl });
  opened.adopt(holdStopped(source.dataDir), (held) => held.release());
  const controlPlane = await open();
  await assertNoServers(source, controlPlane);
  const instanceIds = await listInstancesWithData(source, controlPlane);
  const move = { context, options, source, target, instanceIds, controlPlane };
  return await (options.dryRun === true ? previewMove(move) : runMove(move));
}

async function runMove(move: Move): Promise<ExitCode> {
  const { context, options, source, target, instanceIds, controlPlane } = move;
  const { clock } = context;
  const moving = new DatabaseMoving({
    source,
    target,
    controlPlane,
    instanceIds,
    clock,
    ids: systemIds,
    replaces: options.replace === true,
    onRows: createRowLines((line) => context.printError(line), clock),
    onStep: (text) => context.printError(`${text}\n`),
  });
  const tables = await moving.run();
  const isDone = tables.every(({ difference }) => difference === undefined);
  if (options.json === true) {
    const places = { from: nameOf(source), to: nameOf(target) };
    context.print(`${JSON.stringify({ state: isDone ? 'moved' : 'differs', ...places, tables })}\n`);
  } else {
    context.print(isDone ? renderMoved(move, tables) : renderDifferences(tables));
  }
  return isDone ? EXIT_CODE.ok : EXIT_CODE.failure;
}

/** Counts what there is to move, and looks whether the target can be used. */
async function previewMove({ context, options, source, target, instanceIds }: Move): Promise<ExitCode> {
  const state = await inspectTarget(target);
  const units = await createMovedUnits({ source, target, onRows: () => undefined }, instanceIds);
  const tables = [];
  for (const unit of units) {
    for (const { name, rows, bytes } of await unit.measure()) {
      tables.push({ database: unit.name, table: name, rows, bytes });
    }
  }
  if (options.json === true) {
    const places = { from: nameOf(source), to: nameOf(target) };
    context.print(`${JSON.stringify({ state: 'dry-run', ...places, target: state.kind, tables })}\n`);
    return EXIT_CODE.ok;
  }
  for (const { name } of units) {
    const own = tables.filter(({ database }) => database === name);
    const rows = own.reduce((sum, table) => sum + table.rows, 0);
    const bytes = own.reduce((sum, table) => sum + table.bytes, 0);
    context.print(`${name}: ${countOf(rows, 'row')} in ${countOf(own.length, 'table')}, ${bytes} bytes\n`);
  }
  const there = { empty: 'is empty', taken: 'holds a registry already', marked: 'holds what a move has left there' };
  context.print(`${nameOf(target)} ${there[state.kind]}. Nothing was changed.\n`);
  return EXIT_CODE.ok;
}

async function undoMove(context: CommandContext, controlPlane: Database<ControlPlaneSchema>): Promise<ExitCode> {
  const isUndone = await removeMark(controlPlane, DATABASE_MARK.name);
  context.print(isUndone ? 'The server may start on this database again.\n' : 'This database was not moved.\n');
  return EXIT_CODE.ok;
}

function renderMoved({ source, target }: Move, tables: readonly MovedTable[]): string {
  const names = [...new Set(tables.map(({ database }) => database))];
  const lines = names.map((name) => {
    const own = tables.filter(({ database }) => database === name);
    return `${name}: ${countOf(
      own.reduce((sum, { rows }) => sum + rows, 0),
      'row',
    )} in ${countOf(own.length, 'table')}`;
  });
  const setting =
    target.databaseUrl === undefined ? 'remove ROADSTEAD_DATABASE_URL' : 'set ROADSTEAD_DATABASE_URL to its address';
  return [
    ...lines,
    `Everything is in ${nameOf(target)}, every value compared with ${nameOf(source)}.`,
    `Now ${setting}, keep the master key, and start the server.`,
    `${nameOf(source)} is as it was, and no server starts on it. To stay there instead: roadstead admin move-database --undo, with the settings that name it.`,
    '',
  ].join('\n');
}

function renderDifferences(tables: readonly MovedTable[]): string {
  const differing = tables.filter(({ difference }) => difference !== undefined);
  const lines = differing.map(({ database, table, difference }) => `  ${database}: ${table}: ${difference}`);
  return ['The copy is not what the source is:', ...lines, 'Run it again with --replace to copy it anew.', ''].join(
    '\n',
  );
}

function named(config: Config): Config {
  const { databaseUrl } = config;
  return databaseUrl === undefined ? config : { ...config, databaseUrl: nameConnections(databaseUrl) };
}

function nameOf({ databaseUrl, dataDir }: Config): string {
  return describeDatabase(databaseUrl, dataDir);
}

function assertThereIsOne({ databaseUrl, dataDir }: Config): void {
  if (databaseUrl !== undefined || existsSync(path.join(dataDir, CONTROL_PLANE_SQLITE_FILE))) return;
  throw new ProductError(
    'NOT_FOUND',
    `there is no database in ${dataDir} yet: set the other one, and start the server`,
  );
}

function holdStopped(dataDir: string): ExclusiveFile {
  const lock = findDataFolderHold(dataDir);
  if (lock !== undefined) return lock;
  throw new ProductError(
    'CONFLICT',
    `a server runs on ${dataDir}: stop it, since its database cannot change while it moves`,
  );
}

/** Nodes elsewhere show as connections, unless they are idle. */
async function assertNoServers({ databaseUrl }: Config, controlPlane: Database<ControlPlaneSchema>): Promise<void> {
  const sessions = databaseUrl === undefined ? 0 : await countServerSessions(controlPlane);
  if (sessions === 0) return;
  throw new ProductError('CONFLICT', `servers have ${sessions} connections to the database: stop all of them first`);
}
