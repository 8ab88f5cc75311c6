import path from 'node:path';
import type { BlobsConfig } from '../../blob-storages.ts';
import { readBlobs } from '../../config/read-blobs.ts';
import { SettingTextError } from '../../config/setting-text.ts';
import { UsageError } from '../command-context.ts';

/** Where blobs shall be, and the setting that says so. */
export interface BlobsTarget extends BlobsConfig {
  /** What the operator has to change, as the end of "now". */
  readonly setting: string;
}

/** Reads `s3://…`, `data-folder`, or the path of another data folder. @throws UsageError */
export function readBlobsTarget(text: string, dataDir: string, workingDir: string): BlobsTarget {
  if (text === 'data-folder') {
    return { dataDir, blobs: undefined, setting: 'remove ROADSTEAD_BLOBS: blobs lie in the data folder then' };
  }
  if (text.startsWith('s3:')) {
    return { dataDir, blobs: readS3(text), setting: `set ROADSTEAD_BLOBS='${withoutSecrets(text)}'` };
  }
  if (!/^\.{0,2}\//.test(text)) {
    // What it is instead is not shown: it may be an address with keys in it.
    throw new UsageError('--to must be s3://BUCKET/PREFIX?…, data-folder, or the path of a data folder');
  }
  const folder = path.resolve(workingDir, text);
  const setting = `move what else is in ${dataDir} (master.key above all) to ${folder}, set ROADSTEAD_DATA=${folder}, and remove ROADSTEAD_BLOBS`;
  return { dataDir: folder, blobs: undefined, setting };
}

function readS3(text: string): BlobsConfig['blobs'] {
  try {
    return readBlobs(text);
  } catch (error) {
    if (error instanceof SettingTextError) throw new UsageError(`--to ${error.message}`);
    throw error;
  }
}

function withoutSecrets(text: string): string {
  return text.replace(/^s3:\/\/[^@/]+@/, 's3://ACCESS_KEY:SECRET_KEY@');
}
