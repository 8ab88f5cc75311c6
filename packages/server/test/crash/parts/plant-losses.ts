import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Findings, listFindings } from '../../support/check/findings.ts';
import { type LedgerState, PRESENT } from '../../support/ledger/ledger-state.ts';
import type { ServerProcess } from '../../support/process/server-process.ts';

export interface PlantContext {
  /** Of a server that does not run now. */
  readonly dataDir: string;
  readonly state: LedgerState;
  /** What was written since this position of the ledger is read by `look`. */
  readonly since: number;
  start(): Promise<ServerProcess>;
  /** Adds acknowledged writes. */
  load(server: ServerProcess): Promise<void>;
  look(server: ServerProcess): Promise<Findings>;
}

export interface PlantResult {
  readonly name: string;
  readonly isSeen: boolean;
}

/** Does to the data what must never happen to them, and says whether the check sees it. */
export async function plantLosses(context: PlantContext): Promise<readonly PlantResult[]> {
  const blob = findStoredBlob(context);
  const bytes = readFileSync(blob.file);
  const lookAfter = async (change: () => void): Promise<Findings> => {
    change();
    const server = await context.start();
    try {
      return await context.look(server);
    } finally {
      await server.stop();
    }
  };
  const changed = await lookAfter(() => writeFileSync(blob.file, flipByte(bytes)));
  const missing = await lookAfter(() => rmSync(blob.file));
  writeFileSync(blob.file, bytes);
  const older = await putOlderDatabaseBack(context, lookAfter);
  const names = (findings: Findings) => listFindings(findings).some((finding) => finding.includes(blob.digest));
  return [
    { name: 'a byte of a blob is another one', isSeen: names(changed) },
    { name: 'the file of a blob is gone', isSeen: names(missing) },
    { name: 'the database is an older one', isSeen: older.lost.length > 0 },
  ];
}

async function putOlderDatabaseBack(
  { dataDir, start, load }: PlantContext,
  lookAfter: (change: () => void) => Promise<Findings>,
): Promise<Findings> {
  const folder = path.join(dataDir, 'instances/main');
  const older = `${dataDir}.older`;
  const isDatabase = (name: string) => name.startsWith('metadata.sqlite');
  for (const name of readdirSync(folder).filter(isDatabase)) cpSync(path.join(folder, name), path.join(older, name));
  const server = await start();
  await load(server);
  await server.stop();
  return lookAfter(() => {
    for (const name of readdirSync(folder).filter(isDatabase)) rmSync(path.join(folder, name));
    for (const name of readdirSync(older)) renameSync(path.join(older, name), path.join(folder, name));
    rmSync(older, { recursive: true });
  });
}

/** A blob that must be there, which the next look reads, and the file that holds it. */
function findStoredBlob({ dataDir, state, since }: PlantContext): { readonly digest: string; readonly file: string } {
  const folder = path.join(dataDir, 'instances/main/blobs/blobs');
  for (const { repository, name, register } of state.entries('blob')) {
    const possible = state.possibleValues('blob', repository, name);
    if (register.lastStartedAt < since || possible.size !== 1 || !possible.has(PRESENT)) continue;
    const hex = name.replace('sha256:', '');
    const files = readdirSync(path.join(folder, hex.slice(0, 2))).filter((file) => file.startsWith(`sha256-${hex}-`));
    // With several copies it is not plain which one is read.
    if (files.length === 1) return { digest: name, file: path.join(folder, hex.slice(0, 2), files[0] ?? '') };
  }
  throw new Error('no blob of the last load is there for certain');
}

function flipByte(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const middle = Math.floor(changed.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
