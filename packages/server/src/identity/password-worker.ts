import { argon2Sync } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { DerivedKey, DeriveKeyJob } from './password-hasher.ts';

/**
 * Guesses must not take the core from those who pull. Where all are busy this thread gets less than half a share; elsewhere it is as quick
 * as ever. On Linux 0 means this thread alone, on other systems the whole process.
 */
const PRIORITY = 4;

if (process.platform === 'linux') setPriority(0, PRIORITY);

/** A thread of the password pool: derives one key per message. */
parentPort?.on('message', (job: DeriveKeyJob) => {
  const key = argon2Sync('argon2id', {
    message: job.password,
    nonce: job.salt,
    parallelism: job.cost.lanes,
    memory: job.cost.memoryKib,
    passes: job.cost.passes,
    tagLength: job.keyBytes,
  });
  parentPort?.postMessage({ id: job.id, key } satisfies DerivedKey);
});
