import { stat } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { createDataDir } from '../config/secrets.ts';
import { assignHosts } from '../control-plane/instances/assign-hosts.ts';
import { destroyInstance } from '../control-plane/instances/destroy-instance.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { locateInstance } from '../control-plane/instances/instance-location.ts';
import {
  createInstanceRegistry,
  type InstanceRecord,
  type InstanceRegistry,
} from '../control-plane/instances/instance-registry.ts';
import { assertNotMoved } from '../control-plane.ts';
import { openControlPlaneDatabase } from '../databases.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import { createInstanceData } from './instance-data.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';

interface JsonOption extends CommonOptions {
  readonly json?: boolean | undefined;
}

export interface CreateInstanceOptions extends JsonOption {
  readonly host?: readonly string[] | undefined;
}

export interface DestroyInstanceOptions extends JsonOption {
  readonly yes?: boolean | undefined;
}

/** A running server compares its open instances with their rows each second; this is time enough to notice and to close. */
const NOTICE_MS = 3_000;

/** `admin instance create ID`: a row; the first request to one of its hosts makes its database. */
export async function createInstance(
  context: CommandContext,
  id: string,
  options: CreateInstanceOptions,
): Promise<ExitCode> {
  const config = await loadConfig(context, options);
  return withRegistry(context, config, async (registry) => {
    const isFirst = !(await registry.hasInstances());
    const hosts = options.host ?? assignHosts(id, config, await registry.listHosts());
    const record = await registry.createInstance({ id, hosts });
    if (options.json === true) context.print(`${JSON.stringify(renderInstance(record))}\n`);
    else context.print(`The instance ${id} answers at ${record.hosts.join(', ')}\n`);
    if (isFirst && id !== DEFAULT_INSTANCE_ID && (await exists(locateInstance(config.dataDir, 'main').folder))) {
      context.printError(
        'Until now `main` answered every host; from now on instances answer at their own hosts only. ' +
          'Give main one: admin instance create main --host HOST\n',
      );
    }
    return EXIT_CODE.ok;
  });
}

/** `admin instance list` */
export async function listInstances(context: CommandContext, options: JsonOption): Promise<ExitCode> {
  const config = await loadConfig(context, options);
  return withRegistry(context, config, async (registry) => {
    const records = await collectInstances(registry);
    if (options.json === true) {
      context.print(`${JSON.stringify(records.map(renderInstance), undefined, 2)}\n`);
      return EXIT_CODE.ok;
    }
    if (records.length === 0) context.print('No instances: `main` answers every host.\n');
    const width = Math.max(0, ...records.map(({ id }) => id.length));
    for (const { id, state, hosts } of records) {
      context.print(`${id.padEnd(width)}  ${state.padEnd('destroying'.length)}  ${hosts.join(', ')}\n`);
    }
    return EXIT_CODE.ok;
  });
}

/** `admin instance destroy ID --yes`: its database, blobs and keys, at once and for good. */
export async function destroyInstanceById(
  context: CommandContext,
  id: string,
  options: DestroyInstanceOptions,
): Promise<ExitCode> {
  if (options.yes !== true) {
    throw new UsageError(`this deletes everything in the instance ${id}, for good: say --yes if you mean it`);
  }
  const config = await loadConfig(context, options);
  return withRegistry(context, config, async (registry) => {
    const waitUntilClosed = () => context.wait(NOTICE_MS);
    await destroyInstance(id, { registry, data: createInstanceData(config), waitUntilClosed });
    if (options.json === true) context.print(`${JSON.stringify({ id, destroyed: true })}\n`);
    else context.print(`The instance ${id} is gone.\n`);
    return EXIT_CODE.ok;
  });
}

async function withRegistry(
  context: CommandContext,
  config: Config,
  work: (registry: InstanceRegistry) => Promise<ExitCode>,
): Promise<ExitCode> {
  createDataDir(config.dataDir);
  const database = await openControlPlaneDatabase(config);
  try {
    await assertNotMoved(config, database);
    return await work(createInstanceRegistry(database, context.clock));
  } finally {
    await database.close();
  }
}

async function collectInstances(registry: InstanceRegistry): Promise<readonly InstanceRecord[]> {
  const records: InstanceRecord[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<InstanceRegistry['listInstances']>> = await registry.listInstances({ after });
    records.push(...page.items);
    after = page.next;
  }
  return records;
}

function renderInstance(record: InstanceRecord): object {
  const { id, hosts, state, cell, schemaVersion, nextDueAt, createdAt } = record;
  return {
    id,
    hosts,
    state,
    cell,
    schemaVersion: schemaVersion ?? null,
    nextDueAt: nextDueAt === undefined ? null : new Date(nextDueAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
  };
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
