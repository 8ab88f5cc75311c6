import { argon2Sync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { DerivedKey, DeriveKeyJob } from './password-hasher.ts';

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
