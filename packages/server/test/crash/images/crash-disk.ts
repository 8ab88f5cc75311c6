import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CleanUp } from '../../support/process/clean-up.ts';
import { deviceOf, type Mounted, makeExt4, mountAt, runTool } from '../../support/process/mounts.ts';

const COPY_TRIES = 50;
const RETRY_MS = 20;

/**
 * An ext4 file system in a file, whose content can be had as a power cut at this moment would leave it.
 *
 * What makes a copy of the file honest:
 * - The file is what the file system has given to its block device. What it has not (dirty pages, a journal transaction that
 *   no fsync has committed) is in the memory of the kernel alone, and so not in the copy. Nothing is synced for the copy.
 * - The loop device reads and writes the file directly where it can. Where it cannot (a file on tmpfs, say), both it and the
 *   copy go through the one page cache of that file, and see the same.
 * - The processes are stopped, but the kernel may write back on its own: the copy counts only when the device's statistics
 *   say that nothing was written from before its beginning until after its end. It is then the state of one moment.
 * - The kernel's own help is kept away: the journal is not committed by the clock (`commit=300` rather than every 5 s), and
 *   a rename does not flush the file's data (`noauto_da_alloc`). What is durable is so because the program asked for it.
 *
 * A copy has every completed write of the device; a disk that also loses what its own cache held would break its promise to
 * the kernel, which flushes that cache at each fsync.
 */
export class CrashDisk {
  readonly folder: string;
  readonly #file: string;
  readonly #mounted: Mounted;
  readonly #statistics: string;

  /** @throws Error when this machine does not let us mount a loop device */
  constructor(cleanUp: CleanUp, folder: string, megabytes: number) {
    this.#file = `${folder}.ext4`;
    makeExt4(this.#file, megabytes);
    this.#mounted = mountAt(cleanUp, folder, ['-o', 'loop,noatime,noauto_da_alloc,commit=300', this.#file]);
    this.folder = this.#mounted.folder;
    const device = deviceOf(folder);
    this.#statistics = `/sys/block/${path.basename(device)}/stat`;
    try {
      runTool('losetup', ['--direct-io=on', device]);
    } catch {
      // See above: it is as honest through the page cache, and slower.
    }
  }

  /** Copies the file while nobody works on the file system. @returns how often the kernel wrote into an attempt */
  async copyTo(target: string): Promise<number> {
    for (let tries = 0; tries < COPY_TRIES; tries += 1) {
      const before = this.#readWrites();
      if (before.inFlight === '0') {
        runTool('cp', ['--sparse=always', '--reflink=auto', this.#file, target]);
        const after = this.#readWrites();
        if (after.inFlight === '0' && after.done === before.done) return tries;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw new Error(`the kernel wrote to the file system during each of ${COPY_TRIES} copies`);
  }

  unmount(): void {
    this.#mounted.unmount();
  }

  /** Writes and discards that are done, and requests in flight; see Documentation/block/stat.rst of the kernel. */
  #readWrites(): { readonly done: string; readonly inFlight: string } {
    const fields = readFileSync(this.#statistics, 'utf8').trim().split(/\s+/);
    const [writes, sectors, inFlight, discards] = [fields[4], fields[6], fields[8], fields[11]];
    return { done: `${writes} ${sectors} ${discards}`, inFlight: inFlight ?? '' };
  }
}
