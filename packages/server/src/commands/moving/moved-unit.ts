import type { Config } from '../../config/config.ts';
import { DATABASE_MARK } from '../../control-plane/move-marks.ts';
import {
  type DatabaseConfig,
  openControlPlaneAsItIs,
  openControlPlaneDatabase,
  openInstanceAsItIs,
  openInstanceDatabase,
} from '../../databases.ts';
import { CONTROL_PLANE_MIGRATIONS } from '../../db/control-plane/migrations.ts';
import { INSTANCE_MIGRATIONS } from '../../db/instance/migrations.ts';
import { listAppliedSteps, type MigrationStep } from '../../db/migrate.ts';
import type { Database } from '../../drivers/database/database.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { MovedTables } from '../../portability/moving/database/moved-tables.ts';
import {
  type ComparedTable,
  compareSchema,
  copySchema,
  measureSchema,
} from '../../portability/moving/database/schema-move.ts';
import { readMigratedShapes } from './migrated-shapes.ts';

/** One schema of a move: the control plane's, or an instance's. */
export interface MovedUnit {
  readonly name: string;
  copy(): Promise<void>;
  compare(): Promise<readonly ComparedTable[]>;
  /** Changes nothing. @throws ProductError CONFLICT when the source has schema steps to take first */
  measure(): ReturnType<typeof measureSchema>;
}

export interface MovedUnitsDeps {
  readonly source: Config;
  readonly target: DatabaseConfig;
  readonly onRows: (unit: string, table: string, count: number) => void;
}

interface UnitInit<Schema> {
  readonly name: string;
  readonly moved: MovedTables;
  readonly steps: Readonly<Record<string, MigrationStep<Schema>>>;
  readonly onRows: MovedUnitsDeps['onRows'];
  /** Brings its schema up to date. */
  readonly openSource: () => Promise<Database<Schema>>;
  readonly openSourceAsItIs: () => Promise<Database<Schema>>;
  readonly openTarget: () => Promise<Database<Schema>>;
}

/** The control plane comes last: what it names is there by then. */
export async function createMovedUnits(
  { source, target, onRows }: MovedUnitsDeps,
  instanceIds: readonly string[],
): Promise<readonly MovedUnit[]> {
  const shapes = await readMigratedShapes(INSTANCE_MIGRATIONS, source.dataDir);
  const instances = instanceIds.map((id) =>
    createUnit({
      name: id,
      moved: { ...shapes, staying: {} },
      steps: INSTANCE_MIGRATIONS,
      onRows,
      openSource: () => openInstanceDatabase(source, id),
      openSourceAsItIs: () => openInstanceAsItIs(source, id),
      openTarget: () => openInstanceDatabase(target, id),
    }),
  );
  const controlPlane = createUnit({
    name: 'control plane',
    moved: {
      ...(await readMigratedShapes(CONTROL_PLANE_MIGRATIONS, source.dataDir)),
      staying: { [DATABASE_MARK.table]: DATABASE_MARK.name },
    },
    steps: CONTROL_PLANE_MIGRATIONS,
    onRows,
    openSource: () => openControlPlaneDatabase(source),
    openSourceAsItIs: () => openControlPlaneAsItIs(source),
    openTarget: () => openControlPlaneDatabase(target),
  });
  return [...instances, controlPlane];
}

function createUnit<Schema>(init: UnitInit<Schema>): MovedUnit {
  const { name, moved, onRows } = init;
  const withBoth = async <Result>(work: (deps: Parameters<typeof copySchema<Schema>>[0]) => Promise<Result>) => {
    await using opened = new AsyncDisposableStack();
    const source = opened.adopt(await init.openSource(), (each) => each.close());
    const target = opened.adopt(await init.openTarget(), (each) => each.close());
    return await work({ source, target, moved, onRows: (table, count) => onRows(name, table, count) });
  };
  return {
    name,
    copy: () => withBoth(copySchema),
    compare: () => withBoth(compareSchema),
    measure: async () => {
      const source = await init.openSourceAsItIs();
      try {
        await assertUpToDate(source, init);
        return await measureSchema(source, moved);
      } finally {
        await source.close();
      }
    },
  };
}

async function assertUpToDate<Schema>({ reader }: Database<Schema>, { name, steps }: UnitInit<Schema>): Promise<void> {
  const applied = await listAppliedSteps(reader);
  if (Object.keys(steps).every((step) => applied.includes(step))) return;
  throw new ProductError(
    'CONFLICT',
    `the database of ${name} is of an older version: leave out --dry-run, or start this version once before`,
  );
}
