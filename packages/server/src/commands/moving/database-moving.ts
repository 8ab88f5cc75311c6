import type { Config } from '../../config/config.ts';
import { DATABASE_MARK, type DatabaseMark, findMark, removeMark, writeMark } from '../../control-plane/move-marks.ts';
import { type DatabaseConfig, openControlPlaneDatabase, openInstanceDatabase } from '../../databases.ts';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { Database } from '../../drivers/database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { recordOperatorAct } from '../../operations/audit-events/record-operator-act.ts';
import { clearTarget, inspectTarget, type TargetState } from './database-target.ts';
import { createMovedUnits, type MovedUnitsDeps } from './moved-unit.ts';
import { describeDatabase } from './read-database-target.ts';

export interface DatabaseMovingDeps {
  readonly source: Config;
  readonly target: DatabaseConfig;
  readonly controlPlane: Database<ControlPlaneSchema>;
  readonly instanceIds: readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  /** What an earlier move has left in the target may be removed. */
  readonly replaces: boolean;
  readonly onRows: MovedUnitsDeps['onRows'];
  /** Told of what takes long, a line each. */
  readonly onStep: (text: string) => void;
}

/** A table after the move. */
export interface MovedTable {
  readonly database: string;
  readonly table: string;
  readonly rows: number;
  readonly difference: string | undefined;
}

/** Moves the databases of a server that is stopped: control plane and instances, table by table, and compares both sides. */
export class DatabaseMoving {
  readonly #deps: DatabaseMovingDeps;

  constructor(deps: DatabaseMovingDeps) {
    this.#deps = deps;
  }

  /**
   * @returns every table; where one differs the move has not ended
   * @throws ProductError CONFLICT when the target is not empty, or this database is not the one to move
   */
  async run(): Promise<readonly MovedTable[]> {
    const state = await inspectTarget(this.#deps.target);
    const isResumed = await this.#isResumed(state);
    if (!isResumed) await this.#begin(state.kind === 'marked');
    const moved = await this.#copyAndCompare();
    const isChanged = isResumed && moved.some(({ difference }) => difference !== undefined);
    if (!isChanged) return this.#end(moved);
    this.#deps.onStep('The source was changed since the copy was begun: it is copied anew.');
    await this.#begin(true);
    return this.#end(await this.#copyAndCompare());
  }

  /** @throws ProductError CONFLICT unless the target may be filled */
  async #isResumed(state: TargetState): Promise<boolean> {
    const { controlPlane, replaces } = this.#deps;
    const own = await findMark(controlPlane.reader, DATABASE_MARK.name);
    if (own?.side === 'target') {
      throw conflict(`the move from ${own.other} into this database has not ended: end it before you move this one`);
    }
    const there = state.kind === 'marked' ? state.mark : undefined;
    if (own !== undefined && there?.side === 'target' && there.moveId === own.moveId) return true;
    if (own?.state === 'moved') {
      throw conflict(`this database was moved to ${own.other} already: --undo makes it the one in use again`);
    }
    if (state.kind === 'taken') {
      throw conflict(
        `${this.#targetName} holds a registry already: choose an empty one, or remove that registry there yourself`,
      );
    }
    if (there !== undefined && !replaces) throw conflict(`${this.#targetName} ${describeMark(there)}`);
    return false;
  }

  async #begin(clears: boolean): Promise<void> {
    const { controlPlane, target, source, instanceIds, clock, ids } = this.#deps;
    if (clears) await clearTarget(target, instanceIds);
    for (const id of instanceIds) await this.#tell(id);
    const begun = { moveId: ids.uuid(), state: 'copying', at: clock.now() } as const;
    const from = describeDatabase(source.databaseUrl, source.dataDir);
    await writeMark(controlPlane, DATABASE_MARK.name, { ...begun, side: 'source', other: this.#targetName });
    await this.#withTarget((database) =>
      writeMark(database, DATABASE_MARK.name, { ...begun, side: 'target', other: from }),
    );
  }

  /** Before the copy, so that both sides are the same after it. */
  async #tell(instanceId: string): Promise<void> {
    const { source, target, clock } = this.#deps;
    const act = { kind: 'database.move-begun', from: engineOf(source), to: engineOf(target) } as const;
    const database = await openInstanceDatabase(source, instanceId);
    try {
      await database.execute(recordOperatorAct, { command: 'admin move-database', act, now: clock.now() });
    } finally {
      await database.close();
    }
  }

  async #copyAndCompare(): Promise<readonly MovedTable[]> {
    const { source, target, instanceIds, onRows, onStep } = this.#deps;
    const units = await createMovedUnits({ source, target, onRows }, instanceIds);
    for (const unit of units) await unit.copy();
    onStep('Everything is copied; now both sides are compared.');
    const moved: MovedTable[] = [];
    for (const unit of units) {
      for (const { name, ...compared } of await unit.compare()) {
        moved.push({ database: unit.name, table: name, ...compared });
      }
    }
    return moved;
  }

  /** First the source says that it is moved: of a process that dies in between both sides refuse a server. */
  async #end(moved: readonly MovedTable[]): Promise<readonly MovedTable[]> {
    if (moved.some(({ difference }) => difference !== undefined)) return moved;
    const { controlPlane, clock } = this.#deps;
    const mark = await findMark(controlPlane.reader, DATABASE_MARK.name);
    if (mark === undefined) throw new Error('the source has forgotten that it is being moved');
    await writeMark(controlPlane, DATABASE_MARK.name, { ...mark, state: 'moved', at: clock.now() });
    await this.#withTarget((database) => removeMark(database, DATABASE_MARK.name));
    return moved;
  }

  get #targetName(): string {
    return describeDatabase(this.#deps.target.databaseUrl, this.#deps.target.dataDir);
  }

  async #withTarget(work: (database: Database<ControlPlaneSchema>) => Promise<unknown>): Promise<void> {
    const database = await openControlPlaneDatabase(this.#deps.target);
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }
}

function engineOf({ databaseUrl }: DatabaseConfig): string {
  return databaseUrl === undefined ? 'SQLite' : 'PostgreSQL';
}

function describeMark({ side, other, state }: DatabaseMark): string {
  const what =
    side === 'source' && state === 'moved'
      ? `holds the database that was moved to ${other}`
      : `holds the unfinished copy of another move (${other})`;
  return `${what}: with --replace it is removed and filled anew`;
}

function conflict(message: string): ProductError {
  return new ProductError('CONFLICT', message);
}
