import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Mounted, makeExt4, mountAt, mountTmpfs, runTool } from '../../support/process/mounts.ts';
import { createProject, startServer } from '../../support/process/server-process.ts';
import { Tally } from '../../support/tally.ts';
import type { CrashBench, PartReport } from '../crash-part.ts';
import { breakFileSystem } from '../full-disk/break-file-system.ts';
import { type DiskCheck, DiskTrial } from '../full-disk/disk-trial.ts';
import { fillByManifests } from '../full-disk/fill-by-manifests.ts';
import { fillByUploads } from '../full-disk/fill-by-uploads.ts';
import { fillTemporaryFolder } from '../full-disk/fill-temporary-folder.ts';
import { losePermissionToWrite } from '../full-disk/lose-permission-to-write.ts';
import { SmallDisk } from '../full-disk/small-disk.ts';
import { takeAllInodes } from '../full-disk/take-all-inodes.ts';
import { checkDatabases } from '../images/check-databases.ts';

const PROJECT = 'crash';
const TEMPORARY = 'temporary';

interface Trial {
  readonly name: string;
  /** Mounts what the trial needs. @returns the last mount first */
  mount(bench: CrashBench, folder: string): readonly Mounted[];
  run(trial: DiskTrial, disk: SmallDisk): Promise<void>;
  /** For the server, by the folder of the trial. */
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
  /** Makes a broken disk usable again before the server starts anew; undefined where it never was broken. */
  readonly repair?: (bench: CrashBench, folder: string) => Mounted;
}

/** What is full, or may not be written to, in each trial. */
const TRIALS: readonly Trial[] = [
  {
    name: 'full of blobs',
    mount: ({ cleanUp }, folder) => [mountTmpfs(cleanUp, folder, 'size=48m')],
    run: fillByUploads,
  },
  {
    name: 'full of manifests',
    mount: ({ cleanUp }, folder) => [mountTmpfs(cleanUp, folder, 'size=48m')],
    run: fillByManifests,
  },
  {
    name: 'without inodes',
    mount: ({ cleanUp }, folder) => [mountTmpfs(cleanUp, folder, 'size=48m,nr_inodes=2000')],
    run: takeAllInodes,
  },
  {
    name: 'full temporary folder',
    mount: ({ cleanUp }, folder) => {
      const whole = mountTmpfs(cleanUp, folder, 'size=48m');
      return [mountTmpfs(cleanUp, path.join(folder, TEMPORARY), 'size=64k'), whole];
    },
    env: (folder) => ({ TMPDIR: path.join(folder, TEMPORARY), SQLITE_TMPDIR: path.join(folder, TEMPORARY) }),
    run: (trial, disk) => fillTemporaryFolder(trial, path.join(disk.folder, TEMPORARY)),
  },
  {
    name: 'blobs read-only',
    // The kernel makes no file system read-only in which a file is open for writing, as a database always is.
    mount: ({ cleanUp }, folder) => {
      const whole = mountTmpfs(cleanUp, folder, 'size=48m');
      return [mountTmpfs(cleanUp, path.join(folder, 'data/instances/main/blobs'), 'size=24m'), whole];
    },
    run: losePermissionToWrite,
  },
  {
    name: 'read-only after an error',
    mount: ({ cleanUp }, folder) => {
      makeExt4(`${folder}.ext4`, 96);
      return [mountExt4(cleanUp, folder)];
    },
    run: breakFileSystem,
    repair: ({ cleanUp }, folder) => {
      runTool('e2fsck', ['-fy', `${folder}.ext4`], [0, 1]);
      return mountExt4(cleanUp, folder);
    },
  },
];

/** No room, no inodes, no permission to write: refused soon and plainly, nothing half done, and over when the cause is (D11, D13). */
export async function runFullDisk(bench: CrashBench): Promise<PartReport> {
  const tally = new Tally();
  const checks: DiskCheck[] = [];
  for (const trial of TRIALS) checks.push(...(await runTrial(bench, trial)));
  for (const { name, faults } of checks) tally.count(name, faults);
  const width = Math.max(...checks.map(({ name }) => name.length));
  return {
    name: 'full-disk',
    passed: tally.passed,
    failures: tally.failures,
    figures: { checks: checks.map(({ name, faults, seconds }) => ({ name, isPassed: faults.length === 0, seconds })) },
    lines: checks.map(
      ({ name, faults, seconds }) =>
        `${name.padEnd(width)}  ${faults.length === 0 ? 'passed' : 'FAILED'}  ${seconds.toFixed(1)} s`,
    ),
  };
}

async function runTrial(bench: CrashBench, trial: Trial): Promise<readonly DiskCheck[]> {
  const name = trial.name.replaceAll(' ', '-');
  const folder = path.join(bench.folder, name);
  mkdirSync(folder);
  const mounts = trial.mount(bench, folder);
  const disk = new SmallDisk(folder);
  const server = await startServer({ bench, dataDir: disk.dataDir, env: trial.env?.(folder) ?? {} });
  await createProject(server.client, PROJECT);
  const ledgerFile = path.join(bench.ledgerFolder, `${name}.ledger`);
  const run = new DiskTrial(trial.name, server, { project: PROJECT, ledgerFile });
  await run.check('the trial', async () => {
    await trial.run(run, disk);
    return [];
  });
  await run.check('the server still runs', () => (server.hasEnded() ? [`it has ended: ${server.log()}`] : []));
  await server.kill();
  for (const mounted of trial.repair === undefined ? [] : mounts) mounted.unmount();
  const left = trial.repair === undefined ? mounts : [trial.repair(bench, folder)];
  await run.check('the databases are whole', () => checkDatabases(disk.dataDir));
  const again = await startServer({ bench, dataDir: disk.dataDir });
  await run.check('nothing is lost after a restart', () => run.findLosses(again));
  await again.kill();
  run.close();
  for (const mounted of left) mounted.unmount();
  return run.checks;
}

function mountExt4(cleanUp: CrashBench['cleanUp'], folder: string): Mounted {
  return mountAt(cleanUp, folder, ['-o', 'loop,errors=remount-ro', `${folder}.ext4`]);
}
