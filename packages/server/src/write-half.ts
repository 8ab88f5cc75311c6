import { commitBlob } from './content/blobs/commit-blob.ts';
import { deleteBlob } from './content/blobs/delete-blob.ts';
import { mountBlob } from './content/blobs/mount-blob.ts';
import { replaceBlobCopy } from './content/blobs/replace-blob-copy.ts';
import { setBlobLost } from './content/blobs/set-blob-lost.ts';
import { deleteManifest } from './content/manifests/delete-manifest.ts';
import { putManifest } from './content/manifests/put-manifest.ts';
import { deleteTag } from './content/tags/delete-tag.ts';
import { advanceUpload, insertUpload, removeExpiredUpload, removeUpload } from './content/uploads/upload-rows.ts';
import type { InstanceCommand, InstancePushGate } from './db/instance/instance-database.ts';
import { createRefreshToken } from './identity/create-refresh-token.ts';
import { createUser } from './identity/create-user.ts';
import { ensureSigningKey } from './identity/ensure-signing-key.ts';
import { rotateSigningKey } from './identity/rotate-signing-key.ts';
import { setPassword } from './identity/set-password.ts';
import { createProject } from './projects/create-project.ts';
import { deleteProject } from './projects/delete-project.ts';
import { setProjectPublic } from './projects/set-project-public.ts';

/** The half of an instance that is loaded where its writer runs: gates and commands, no I/O of their own. */
export const PUSH_GATES: readonly InstancePushGate[] = [];

// Inputs differ: whoever calls a command by its function has them checked there.
// biome-ignore lint/suspicious/noExplicitAny: a list of functions of different inputs
type AnyCommand = InstanceCommand<any, unknown>;

const COMMANDS: readonly AnyCommand[] = [
  advanceUpload,
  commitBlob,
  createProject,
  createRefreshToken,
  createUser,
  deleteBlob,
  deleteManifest,
  deleteProject,
  deleteTag,
  ensureSigningKey,
  insertUpload,
  mountBlob,
  putManifest,
  removeExpiredUpload,
  removeUpload,
  replaceBlobCopy,
  rotateSigningKey,
  setBlobLost,
  setPassword,
  setProjectPublic,
];

/** Every command of an instance by its name, as it crosses to the writer. */
export const INSTANCE_COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  COMMANDS.map((command) => [command.name, command]),
);
