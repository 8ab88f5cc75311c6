import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For tests: a new folder, under the name that the system itself gives it. */
export async function createTemporaryFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'roadstead-blobs-')));
}
