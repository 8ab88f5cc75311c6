import { describeArtifacts } from '../../content/artifacts/describe-artifacts.ts';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JobHandler } from '../../jobs/job-handler.ts';

/** The kind and the name of the recurring job. */
export const DESCRIBE_ARTIFACTS = 'describe-artifacts';

/** What an update brought with it is described at once; what nodes of the version before still store, a day later at most. */
export const DESCRIBE_INTERVAL_MS = 24 * 3_600_000;

const BATCH_SIZE = 100;

/** Describes manifests that no command of this version has stored. Lists do so too, and need not wait for this. */
export function createDescribeArtifactsHandler({ database }: { readonly database: InstanceDatabase }): JobHandler {
  return {
    kind: DESCRIBE_ARTIFACTS,
    maxConcurrent: 1,
    async run({ signal }) {
      while ((await database.execute(describeArtifacts, { limit: BATCH_SIZE })) === BATCH_SIZE) signal.throwIfAborted();
      return { status: 'success' };
    },
  };
}
