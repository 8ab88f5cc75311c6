import { addArtifactTag, removeArtifactTag } from './content/artifacts/artifact-tag-commands.ts';
import { copyArtifact } from './content/artifacts/copy-artifact.ts';
import { deleteArtifact } from './content/artifacts/delete-artifact.ts';
import { describeArtifacts } from './content/artifacts/describe-artifacts.ts';
import { promoteArtifact } from './content/artifacts/promote-artifact.ts';
import { rememberConfigs } from './content/artifacts/remember-configs.ts';
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
import { addArtifactLabel, removeArtifactLabel } from './content/labels/artifact-label-commands.ts';
import { createLabel, deleteLabel, updateLabel } from './content/labels/label-commands.ts';
import { deleteManifest } from './content/manifests/delete-manifest.ts';
import { holdManifest } from './content/manifests/hold-manifest.ts';
import { putManifest } from './content/manifests/put-manifest.ts';
import { recordPulls } from './content/pulls/record-pulls.ts';
import { deleteRepository } from './content/repositories/delete-repository.ts';
import { describeRepository } from './content/repositories/describe-repository.ts';
import { condemnCopy } from './content/scrub/condemn-copy.ts';
import { writeScrubState } from './content/scrub/scrub-state.ts';
import { deleteTag } from './content/tags/delete-tag.ts';
import { purgeTrash } from './content/trash/purge-trash.ts';
import { restoreManifest } from './content/trash/restore-manifest.ts';
import { deleteUntaggedManifest } from './content/untagged/delete-untagged-manifest.ts';
import { setUntaggedPolicy } from './content/untagged/set-untagged-policy.ts';
import { advanceUpload, insertUpload, removeExpiredUpload, removeUpload } from './content/uploads/upload-rows.ts';
import type { InstanceCommand, InstancePushGate } from './db/instance/instance-database.ts';
import { changeAccessSettings } from './identity/access-settings.ts';
import { createAccessToken } from './identity/access-tokens/create-access-token.ts';
import { deleteAccessToken } from './identity/access-tokens/delete-access-token.ts';
import { completePasswordLink } from './identity/account-links/complete-password-link.ts';
import { inviteUser, sendInvitation, withdrawInvitation } from './identity/account-links/invitations.ts';
import { issuePasswordReset } from './identity/account-links/issue-password-reset.ts';
import { noteResetRequest } from './identity/account-links/note-reset-request.ts';
import { createRefreshToken } from './identity/create-refresh-token.ts';
import {
  beginDeviceLogin,
  decideDeviceLogin,
  noteDevicePoll,
  redeemDeviceLogin,
  slowDeviceLogin,
} from './identity/device-logins/device-login-commands.ts';
import { ensureSigningKey } from './identity/ensure-signing-key.ts';
import { createGroup } from './identity/groups/create-group.ts';
import { deleteGroup } from './identity/groups/delete-group.ts';
import { renameGroup } from './identity/groups/rename-group.ts';
import { setExternalGroups } from './identity/groups/set-external-groups.ts';
import { setGroupMember } from './identity/groups/set-group-member.ts';
import { noteUse } from './identity/note-use.ts';
import {
  claimProviderGrant,
  endProviderGrant,
  forgetProviderGrant,
  keepProviderGrant,
} from './identity/oidc/provider-grant-commands.ts';
import { insertSignIn, takeSignIn } from './identity/oidc/sign-in-commands.ts';
import { configureOpenIdConnect } from './identity/open-id-connect/configure-open-id-connect.ts';
import { addPasskey, removePasskey, renamePasskey, usePasskey } from './identity/passkeys/passkey-commands.ts';
import { admitIdentity } from './identity/providers/admit-identity.ts';
import { createLoginProvider } from './identity/providers/create-login-provider.ts';
import { deleteLoginProvider } from './identity/providers/delete-login-provider.ts';
import { addIdentity, removeIdentity } from './identity/providers/identity-commands.ts';
import { updateLoginProvider } from './identity/providers/update-login-provider.ts';
import { createRobot } from './identity/robots/create-robot.ts';
import { deleteRobot } from './identity/robots/delete-robot.ts';
import { rotateRobotSecret } from './identity/robots/rotate-robot-secret.ts';
import { updateRobot } from './identity/robots/update-robot.ts';
import { rotateSigningKey } from './identity/rotate-signing-key.ts';
import { clearSecondFactors } from './identity/second-factors/clear-second-factors.ts';
import { noteRefusedCode } from './identity/second-factors/note-refused-code.ts';
import { replaceRecoveryCodes, spendRecoveryCode } from './identity/second-factors/recovery-code-commands.ts';
import {
  beginSignInChallenge,
  endSignInChallenge,
  failSignInChallenge,
} from './identity/second-factors/sign-in-challenge-commands.ts';
import { beginTotp, confirmTotp, removeTotp, spendTotpStep } from './identity/second-factors/totp-commands.ts';
import { giveBackCodeTry, takeCodeTry } from './identity/second-factors/wrong-code-commands.ts';
import { createSession } from './identity/sessions/create-session.ts';
import { endSession } from './identity/sessions/end-session.ts';
import { revokeSessions } from './identity/sessions/revoke-sessions.ts';
import { touchSession } from './identity/sessions/touch-session.ts';
import { createUser } from './identity/users/create-user.ts';
import { deleteUser } from './identity/users/delete-user.ts';
import { setCliSecret } from './identity/users/set-cli-secret.ts';
import { setMailPreferences } from './identity/users/set-mail-preferences.ts';
import { setPassword } from './identity/users/set-password.ts';
import { setUserAdministrator } from './identity/users/set-user-administrator.ts';
import { setUserDisabled } from './identity/users/set-user-disabled.ts';
import { updateUserProfile } from './identity/users/update-user-profile.ts';
import { createWorkloadRule } from './identity/workload/create-workload-rule.ts';
import { deleteWorkloadRule } from './identity/workload/delete-workload-rule.ts';
import { updateWorkloadRule } from './identity/workload/update-workload-rule.ts';
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
import { setNetworkRules } from './network-rules/set-network-rules.ts';
import { appendAuditEntries } from './operations/audit-events/append-audit-entries.ts';
import { setAuditSettings } from './operations/audit-events/audit-settings.ts';
import {
  recordForwarded,
  recordForwardingFailure,
  removeForwarding,
  setForwarding,
} from './operations/audit-events/forwarding/forwarding-rows.ts';
import { recordOperatorAct } from './operations/audit-events/record-operator-act.ts';
import { appendLogEntries } from './operations/audit-log/append-entries.ts';
import { ensureAuditKey } from './operations/audit-log/ensure-audit-key.ts';
import { eraseAuditEntries } from './operations/audit-log/erase-entries.ts';
import { recordCheckpoint } from './operations/audit-log/record-checkpoint.ts';
import { requestErasure } from './operations/audit-log/request-erasure.ts';
import { setAuditRetention } from './operations/audit-log/retention.ts';
import {
  putAuditWitness,
  recordWitnessDelivery,
  removeAuditWitness,
} from './operations/audit-log/witnesses/witness-commands.ts';
import { changeConfiguration } from './operations/configuration/change-configuration.ts';
import {
  requestExecution,
  retryRequestedJob,
  stopRequestedExecution,
} from './operations/executions/request-execution.ts';
import { EXTERNAL_SERVICE_COMMANDS } from './operations/external-service-commands.ts';
import { tellOfExpiries } from './operations/mail/expiries.ts';
import { beginMailAttempt, endMailAttempt, forgetEndedMails, postponeMail } from './operations/mail/mail-queue-rows.ts';
import { setMailSettings } from './operations/mail/mail-settings-rows.ts';
import { readChanges } from './operations/recovery/read-changes.ts';
import { forgetChanges, recordShipment } from './operations/recovery/recovery-state.ts';
import { hastenShipping } from './operations/recovery/ship-rest.ts';
import { setCveAllowlist } from './operations/upkeep/set-cve-allowlist.ts';
import { removeUpkeepSchedule, setUpkeepSchedule, stopJobs } from './operations/upkeep/upkeep-commands.ts';
import { POLICY_COMMANDS, POLICY_GATES } from './policies/policy-commands.ts';
import { createProject } from './projects/create-project.ts';
import { deleteProject } from './projects/delete-project.ts';
import { addMember } from './projects/members/add-member.ts';
import { changeMember } from './projects/members/change-member.ts';
import { removeMember } from './projects/members/remove-member.ts';
import { giveUpName } from './projects/names/give-up-name.ts';
import { moveRepository } from './projects/names/move-repository.ts';
import { renameProject } from './projects/names/rename-project.ts';
import { deleteCustomRole } from './projects/roles/delete-custom-role.ts';
import { putCustomRole } from './projects/roles/put-custom-role.ts';
import { updateProject } from './projects/update-project.ts';
import {
  addSecretKey,
  endResealing,
  ensureSecretKey,
  resealFields,
  rewrapSecretKeys,
} from './secrets/secret-key-commands.ts';

/** The half of an instance that is loaded where its writer runs: gates and commands, no I/O of their own. */
export const PUSH_GATES: readonly InstancePushGate[] = [...POLICY_GATES];

// Inputs differ: whoever calls a command by its function has them checked there.
// biome-ignore lint/suspicious/noExplicitAny: a list of functions of different inputs
type AnyCommand = InstanceCommand<any, unknown>;

const COMMANDS: readonly AnyCommand[] = [
  addArtifactTag,
  promoteArtifact,
  deleteRepository,
  describeRepository,
  createLabel,
  updateLabel,
  deleteLabel,
  addArtifactLabel,
  removeArtifactLabel,
  ...EXTERNAL_SERVICE_COMMANDS,
  ...POLICY_COMMANDS,
  addIdentity,
  addJobs,
  addMember,
  addPasskey,
  addSecretKey,
  admitIdentity,
  advanceUpload,
  beginMailAttempt,
  beginDeviceLogin,
  beginSignInChallenge,
  beginTotp,
  changeAccessSettings,
  changeConfiguration,
  appendAuditEntries,
  appendLogEntries,
  changeMember,
  claimJobs,
  claimProviderGrant,
  clearSecondFactors,
  commitBlob,
  completePasswordLink,
  condemnCopy,
  condemnStrays,
  configureOpenIdConnect,
  confirmCollection,
  confirmTotp,
  copyArtifact,
  createAccessToken,
  createGroup,
  createLoginProvider,
  createProject,
  createRefreshToken,
  createSession,
  createRobot,
  createUser,
  decideDeviceLogin,
  createWorkloadRule,
  deleteAccessToken,
  deleteArtifact,
  deleteBlob,
  deleteCustomRole,
  deleteGroup,
  deleteLoginProvider,
  deleteManifest,
  deleteProject,
  giveUpName,
  moveRepository,
  renameProject,
  deleteRobot,
  deleteTag,
  deleteUntaggedManifest,
  deleteUser,
  deleteWorkloadRule,
  describeArtifacts,
  endBlobDelays,
  endLinkDelays,
  endMailAttempt,
  endSession,
  endSignInChallenge,
  endProviderGrant,
  endResealing,
  endSweep,
  enqueueExecution,
  ensureAuditKey,
  ensureRecurringJob,
  ensureSecretKey,
  ensureSigningKey,
  eraseAuditEntries,
  extendLease,
  failSignInChallenge,
  finishJob,
  fireDueSchedules,
  forgetChanges,
  forgetEndedMails,
  forgetProviderGrant,
  forgetStrayUpload,
  giveBackCodeTry,
  hastenShipping,
  holdBlobLink,
  holdCollection,
  holdManifest,
  insertSignIn,
  insertUpload,
  inviteUser,
  issuePasswordReset,
  judgeLinks,
  keepProviderGrant,
  markBlobs,
  mountBlob,
  noteDevicePoll,
  noteRefusedCode,
  noteResetRequest,
  noteUse,
  pauseSchedule,
  postponeBlobs,
  postponeMail,
  purgeEndedExecutions,
  purgeTrash,
  putAuditWitness,
  putCustomRole,
  putManifest,
  queueEverything,
  readChanges,
  recordCheckpoint,
  recordForwarded,
  recordForwardingFailure,
  recordOperatorAct,
  recordPass,
  recordPulls,
  recordShipment,
  recordStrays,
  recordUntaggedSearch,
  recordWitnessDelivery,
  redeemDeviceLogin,
  releaseCollection,
  rememberConfigs,
  removeArtifactTag,
  removeAuditWitness,
  removeBlobs,
  removeExpiredUpload,
  removeForwarding,
  removeIdentity,
  removeMember,
  removePasskey,
  removeSchedule,
  removeUpkeepSchedule,
  setCveAllowlist,
  setUpkeepSchedule,
  removeTotp,
  removeUpload,
  renameGroup,
  renamePasskey,
  replaceBlobCopy,
  replaceRecoveryCodes,
  requestErasure,
  requestExecution,
  restoreManifest,
  retryDeadJob,
  revokeSessions,
  rotateRobotSecret,
  retryRequestedJob,
  resealFields,
  rewrapSecretKeys,
  rotateSigningKey,
  sendInvitation,
  setAuditRetention,
  setAuditSettings,
  setBlobLost,
  setCliSecret,
  setForwarding,
  setMailPreferences,
  setMailSettings,
  setNetworkRules,
  setExternalGroups,
  setGroupMember,
  setPassword,
  updateProject,
  setUntaggedPolicy,
  setUserAdministrator,
  setUserDisabled,
  settleCap,
  slowDeviceLogin,
  spendRecoveryCode,
  spendTotpStep,
  stopExecution,
  stopJob,
  stopJobs,
  takeSignIn,
  tellOfExpiries,
  takeCodeTry,
  touchSession,
  updateUserProfile,
  updateWorkloadRule,
  updateLoginProvider,
  updateRobot,
  stopRequestedExecution,
  upsertSchedule,
  withdrawInvitation,
  usePasskey,
  writeScrubState,
];

/** Every command of an instance by its name, as it crosses to the writer. */
export const INSTANCE_COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  COMMANDS.map((command) => [command.name, command]),
);
