import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { blobsUrl, createBucket } from '../../support/create-bucket.ts';
import { type RunningPostgres, startPostgres } from '../../support/start-postgres.ts';
import { type S3Access, startRadosgw } from '../../support/start-radosgw.ts';
import { RoadsteadFactory } from '../servers/roadstead.ts';
import type { RunningServer } from '../servers/running-server.ts';

/** Engines and numbers of nodes that stand beside each other. */
export const PLACES = ['sqlite', 'postgres', 's3-1', 's3-2', 's3-3'] as const;

export type PlaceName = (typeof PLACES)[number];

/** Nodes of one registry. */
export interface Place {
  readonly name: PlaceName;
  readonly nodes: readonly RunningServer[];
  /** Of the registry's own database, where it is PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Of PostgreSQL and all that belongs to it. */
  readonly databasePid: number | undefined;
}

/** Opens one after the other, each empty, and closes each before the next. */
export async function* openPlaces(names: readonly PlaceName[], workDir: string): AsyncGenerator<Place> {
  const needsPostgres = names.some((name) => name !== 'sqlite');
  const needsS3 = names.some((name) => name.startsWith('s3'));
  const postgres = needsPostgres ? await startPostgres({ shared_preload_libraries: 'pg_stat_statements' }) : undefined;
  const s3 = needsS3 ? await startRadosgw() : undefined;
  try {
    for (const name of names) yield* openPlace(name, { workDir, postgres, s3 });
  } finally {
    await s3?.stop();
    await postgres?.stop();
  }
}

interface Engines {
  readonly workDir: string;
  readonly postgres: RunningPostgres | undefined;
  readonly s3: S3Access | undefined;
}

async function* openPlace(name: PlaceName, { workDir, postgres, s3 }: Engines): AsyncGenerator<Place> {
  const databaseUrl =
    name === 'sqlite' ? undefined : await postgres?.createDatabase(`nodes_${name.replaceAll('-', '_')}`);
  const keyFile = path.join(workDir, `${name}.key`);
  writeFileSync(keyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  const factory = new RoadsteadFactory({
    workDir,
    settings: {
      ROADSTEAD_PROCESSES: '1',
      ROADSTEAD_MASTER_KEY_FILE: keyFile,
      ...(databaseUrl !== undefined && { ROADSTEAD_DATABASE_URL: databaseUrl }),
      ...(name.startsWith('s3') && s3 !== undefined && { ROADSTEAD_BLOBS: blobsUrl(s3, await createBucket(s3)) }),
    },
  });
  const nodes: RunningServer[] = [];
  try {
    const count = name.startsWith('s3') ? Number(name.slice(3)) : 1;
    for (let index = 0; index < count; index += 1) {
      const dataDir = path.join(workDir, `${name}-${index}`);
      mkdirSync(dataDir);
      // The project is made at a server whose folder is empty: at the first.
      if (index > 0) writeFileSync(path.join(dataDir, 'not-empty'), '');
      nodes.push(await factory.start({ placement: 'together', dataDir }));
    }
    yield { name, nodes, databaseUrl, databasePid: name === 'sqlite' ? undefined : postgres?.pid };
  } finally {
    for (const node of nodes) await node.stop();
  }
}
