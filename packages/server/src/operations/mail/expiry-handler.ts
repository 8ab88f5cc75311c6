import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';
import type { Clock } from '../../kernel/clock.ts';
import { isMailOn } from '../../mail-queue/queue-mail.ts';
import { type ServerCertificate, tellOfExpiries } from './expiries.ts';

/** The kind and the name of the recurring job. */
export const TELL_OF_EXPIRIES = 'tell-of-expiries';

/** Looks once a day what ends soon. */
export function createExpiryHandler({
  database,
  clock,
  readCertificate = async () => undefined,
}: {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly readCertificate?: (() => Promise<ServerCertificate | undefined>) | undefined;
}): JobHandler {
  return {
    kind: TELL_OF_EXPIRIES,
    maxConcurrent: 1,
    async run({ fence, signal }) {
      // Where mail is off nobody is told, and nobody counts as told.
      if (!(await isMailOn(database.reader))) return { status: 'success' };
      const [read] = await Promise.allSettled([readCertificate()]);
      const certificate = read.status === 'fulfilled' ? read.value : undefined;
      while (await database.execute(tellOfExpiries, { fence, now: clock.now(), certificate })) signal.throwIfAborted();
      // People have heard of their tokens nevertheless.
      if (read.status === 'rejected') throw read.reason;
      return { status: 'success' };
    },
  };
}
