import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Descriptor, MEDIA_TYPES, OciError, parseManifest } from '@roadstead/oci';
import { CliError, conflictError } from '../cli-error.ts';
import { describeManifest, type Manifest } from '../content/manifest.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { openFileLock } from '../file-lock.ts';
import type { ContentTarget } from '../transfer/content-target.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { downloadBlob } from './download-blob.ts';
import { blobPath, REF_NAME } from './read-layout.ts';

/** An image layout folder, locked for writing by this process. */
export interface LayoutWriter extends AsyncDisposable {
  readonly target: ContentTarget;
  /** Lists a manifest that is already there in `index.json`; a name moves away from the entry that had it. */
  addEntry(manifest: Manifest, name?: string): void;
  /** Makes the new entries visible. */
  commit(): Promise<void>;
}

const LAYOUT_MARKER = '{"imageLayoutVersion":"1.0.0"}';
/** Downloads under way. What an interrupted pull leaves here, the next one continues. */
const PARTIAL_FOLDER = '.roadstead-partial';
const LOCK_FILE = '.roadstead.lock';

/** Creates the folder where it is missing. Throws a conflict (7) if another process writes there. */
export async function openLayoutWriter(folder: string, sleepMs: (ms: number) => Promise<void>): Promise<LayoutWriter> {
  await mkdir(folder, { recursive: true });
  const lock = await openFileLock(path.join(folder, LOCK_FILE), { waitMs: 0, sleepMs });
  const partialFolder = path.join(folder, PARTIAL_FOLDER);
  let entries: readonly Descriptor[];
  try {
    entries = await readEntries(folder);
    await mkdir(partialFolder, { recursive: true });
  } catch (error) {
    await lock.release();
    throw error;
  }

  const target: ContentTarget = {
    name: folder,
    async putBlob(blob, source, onBytes) {
      const file = path.join(folder, blobPath(blob.digest));
      await mkdir(path.dirname(file), { recursive: true });
      return downloadBlob(blob, source, { file, partialFolder, onBytes });
    },
    async putManifest(manifest) {
      const file = path.join(folder, blobPath(manifest.digest));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFileAtomically(file, manifest.bytes);
    },
  };

  return {
    target,
    addEntry(manifest, name) {
      entries = [...entries.filter((entry) => !isReplaced(entry, manifest, name)), createEntry(manifest, name)];
    },
    async commit() {
      const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociImageIndex, manifests: entries };
      await writeFileAtomically(path.join(folder, 'oci-layout'), LAYOUT_MARKER);
      await writeFileAtomically(path.join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
      await rm(partialFolder, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: () => lock.release(),
  };
}

/** Whether a file belongs to a pull under way rather than to the layout. */
export function isWorkingFile(name: string): boolean {
  return name === LOCK_FILE || name.startsWith(`${PARTIAL_FOLDER}/`);
}

function createEntry(manifest: Manifest, name: string | undefined): Descriptor {
  const described = describeManifest(manifest);
  return name === undefined ? described : { ...described, annotations: { ...described.annotations, [REF_NAME]: name } };
}

function isReplaced(entry: Descriptor, manifest: Manifest, name: string | undefined): boolean {
  const entryName = entry.annotations?.[REF_NAME];
  return entryName === name && (name !== undefined || entry.digest === manifest.digest);
}

async function readEntries(folder: string): Promise<readonly Descriptor[]> {
  const marker = await readFile(path.join(folder, 'oci-layout'), 'utf8').catch(() => undefined);
  const text = await readFile(path.join(folder, 'index.json')).catch(() => undefined);
  if (marker === undefined && text !== undefined) {
    throw conflictError(`${folder} holds an index.json that is no image layout's`, { remedy: 'choose another folder' });
  }
  if (text === undefined) return [];
  try {
    return parseManifest(text, MEDIA_TYPES.ociImageIndex).manifests;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new CliError(EXIT_CODE.conflict, `${folder} has an index.json that cannot be read`, { why: error.message });
  }
}
