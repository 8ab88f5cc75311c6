import { commitBlob } from './content/blobs/commit-blob.ts';
import { deleteBlob } from './content/blobs/delete-blob.ts';
import { holdBlobLink } from './content/blobs/hold-blob-link.ts';
import { mountBlob } from './content/blobs/mount-blob.ts';
import { replaceBlobCopy } from './content/blobs/replace-blob-copy.ts';
import { setBlobLost } from './content/blobs/set-blob-lost.ts';
import { holdCollection, releaseCollection } from './content/collection/collection-holds.ts';
import { confirmCollection } from './content/collection/confirm-collection.ts';
import { endBlobDelays, endLinkDelays } from './content/collection/end-delays.ts';
import { judgeLinks } from './content/collection/judge-links.ts';
import { markBlobs } from './content/collection/mark-blobs.ts';
import { queueEverything } from './content/collection/queue-everything.ts';
import { recordPass, recordUntaggedSearch } from './content/collection/record-pass.ts';
import { postponeBlobs, removeBlobs } from './content/collection/remove-blobs.ts';
import { settleCap } from './content/collection/settle-cap.ts';
import { condemnStrays, endSweep, forgetStrayUpload, recordStrays } from './content/collection/strays.ts';
import { deleteManifest } from './content/manifests/delete-manifest.ts';
import { holdManifest } from './content/manifests/hold-manifest.ts';
import { putManifest } from './content/manifests/put-manifest.ts';
import { condemnCopy } from './content/scrub/condemn-copy.ts';
import { writeScrubState } from './content/scrub/scrub-state.ts';
import { deleteTag } from './content/tags/delete-tag.ts';
import { purgeTrash } from './content/trash/purge-trash.ts';
import { restoreManifest } from './content/trash/restore-manifest.ts';
import { deleteUntaggedManifest } from './content/untagged/delete-untagged-manifest.ts';
import { setUntaggedPolicy } from './content/untagged/set-untagged-policy.ts';
import { advanceUpload, insertUpload, removeExpiredUpload, removeUpload } from './content/uploads/upload-rows.ts';
import type { InstanceCommand, InstancePushGate } from './db/instance/instance-database.ts';
import { createRefreshToken } from './identity/create-refresh-token.ts';
import { createUser } from './identity/create-user.ts';
import { ensureSigningKey } from './identity/ensure-signing-key.ts';
import { rotateSigningKey } from './identity/rotate-signing-key.ts';
import { setPassword } from './identity/set-password.ts';
import { addJobs } from './jobs/add-jobs.ts';
import { claimJobs } from './jobs/claim-jobs.ts';
import { enqueueExecution } from './jobs/enqueue-execution.ts';
import { ensureRecurringJob } from './jobs/ensure-recurring-job.ts';
import { extendLease } from './jobs/extend-lease.ts';
import { finishJob } from './jobs/finish-job.ts';
import { fireDueSchedules } from './jobs/fire-due-schedules.ts';
import { purgeEndedExecutions } from './jobs/purge-ended-executions.ts';
import { retryDeadJob } from './jobs/retry-dead-job.ts';
import { pauseSchedule, removeSchedule, upsertSchedule } from './jobs/schedule-rows.ts';
import { stopExecution } from './jobs/stop-execution.ts';
import { stopJob } from './jobs/stop-job.ts';
import { readChanges } from './operations/recovery/read-changes.ts';
import { forgetChanges, recordShipment } from './operations/recovery/recovery-state.ts';
import { hastenShipping } from './operations/recovery/ship-rest.ts';
import { createProject } from './projects/create-project.ts';
import { deleteProject } from './projects/delete-project.ts';
import { setProjectPublic } from './projects/set-project-public.ts';

/** The half of an instance that is loaded where its writer runs: gates and commands, no I/O of their own. */
export const PUSH_GATES: readonly InstancePushGate[] = [];

// Inputs differ: whoever calls a command by its function has them checked there.
// biome-ignore lint/suspicious/noExplicitAny: a list of functions of different inputs
type AnyCommand = InstanceCommand<any, unknown>;

const COMMANDS: readonly AnyCommand[] = [
  addJobs,
  advanceUpload,
  claimJobs,
  commitBlob,
  condemnCopy,
  condemnStrays,
  confirmCollection,
  createProject,
  createRefreshToken,
  createUser,
  deleteBlob,
  deleteManifest,
  deleteProject,
  deleteTag,
  deleteUntaggedManifest,
  endBlobDelays,
  endLinkDelays,
  endSweep,
  enqueueExecution,
  ensureRecurringJob,
  ensureSigningKey,
  extendLease,
  finishJob,
  fireDueSchedules,
  forgetChanges,
  forgetStrayUpload,
  hastenShipping,
  holdBlobLink,
  holdCollection,
  holdManifest,
  insertUpload,
  judgeLinks,
  markBlobs,
  mountBlob,
  pauseSchedule,
  postponeBlobs,
  purgeEndedExecutions,
  purgeTrash,
  putManifest,
  queueEverything,
  readChanges,
  recordPass,
  recordShipment,
  recordStrays,
  recordUntaggedSearch,
  releaseCollection,
  removeBlobs,
  removeExpiredUpload,
  removeSchedule,
  removeUpload,
  replaceBlobCopy,
  restoreManifest,
  retryDeadJob,
  rotateSigningKey,
  setBlobLost,
  setPassword,
  setProjectPublic,
  setUntaggedPolicy,
  settleCap,
  stopExecution,
  stopJob,
  upsertSchedule,
  writeScrubState,
];

/** Every command of an instance by its name, as it crosses to the writer. */
export const INSTANCE_COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  COMMANDS.map((command) => [command.name, command]),
);
