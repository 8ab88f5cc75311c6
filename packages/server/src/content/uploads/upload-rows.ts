import { type DigestAlgorithm, OciError, parseDigestAlgorithm } from '@roadstead/oci';
import { fixedDispatch, fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstanceCommand, InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { UploadRow } from '../../db/instance/schema.ts';
import type { UploadState } from '../../drivers/blob-storage/blob-storage.ts';
import type { RepositoryRef } from '../repository-ref.ts';

/** An open upload: bound to one repository and one principal; its id alone is no authority (invariant 9). */
export interface Upload {
  readonly id: string;
  readonly repository: RepositoryRef;
  readonly principal: string;
  readonly algorithm: DigestAlgorithm;
  /** The driver's state; `state.size` is what was acknowledged. */
  readonly state: UploadState;
  readonly expiresAt: number;
}

export interface InsertUploadInput {
  readonly upload: Upload;
  readonly now: number;
}

export const insertUpload: InstanceCommand<InsertUploadInput, void> = async ({ tx }, { upload, now }) => {
  await insertRow(tx, {
    id: upload.id,
    project_id: upload.repository.projectId,
    repository: upload.repository.name,
    principal: upload.principal,
    algorithm: upload.algorithm,
    size: upload.state.size,
    state: JSON.stringify(upload.state),
    created_at: now,
    expires_at: upload.expiresAt,
  });
};

const insertRow = fixedDispatch<UploadRow>((db, row) =>
  db.insertInto('uploads').values({
    id: row.id,
    project_id: row.project_id,
    repository: row.repository,
    principal: row.principal,
    algorithm: row.algorithm,
    size: row.size,
    state: row.state,
    created_at: row.created_at,
    expires_at: row.expires_at,
  }),
);

export interface AdvanceUploadInput {
  readonly id: string;
  readonly fromSize: number;
  readonly state: UploadState;
  readonly expiresAt: number;
}

/** Acknowledges appended bytes. @throws OciError BLOB_UPLOAD_UNKNOWN when somebody else advanced or ended the upload. */
export const advanceUpload: InstanceCommand<AdvanceUploadInput, void> = async ({ tx }, input) => {
  const updated = await tx
    .updateTable('uploads')
    .set({ size: input.state.size, state: JSON.stringify(input.state), expires_at: input.expiresAt })
    .where('id', '=', input.id)
    .where('size', '=', input.fromSize)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) {
    throw new OciError('BLOB_UPLOAD_UNKNOWN', 'This upload was ended or continued by another request.');
  }
};

/** Ends an upload without a blob. False when it had ended already. */
export const removeUpload: InstanceCommand<{ readonly id: string }, boolean> = async ({ tx }, { id }) => {
  const removed = await deleteRow(tx, { id });
  return removed.numAffectedRows !== 0n;
};

const deleteRow = fixedStatement<{ readonly id: string }>((db, { id }) =>
  db.deleteFrom('uploads').where('id', '=', id),
);

/** Ends an upload that nobody has continued in time. False when it was continued or ended meanwhile. */
export const removeExpiredUpload: InstanceCommand<{ readonly id: string; readonly now: number }, boolean> = async (
  { tx },
  { id, now },
) => {
  const removed = await tx.deleteFrom('uploads').where('id', '=', id).where('expires_at', '<=', now).executeTakeFirst();
  return removed.numDeletedRows > 0n;
};

export async function findUpload(database: InstanceDatabase, id: string): Promise<Upload | undefined> {
  const { rows } = await selectRow(database.reader, { id });
  const [row] = rows;
  return row === undefined ? undefined : toUpload(row);
}

const selectRow = fixedStatement<{ readonly id: string }, UploadRow>((db, { id }) =>
  db.selectFrom('uploads').selectAll().where('id', '=', id),
);

export async function listExpiredUploads(
  database: InstanceDatabase,
  now: number,
  limit: number,
): Promise<readonly Upload[]> {
  const rows = await database.reader
    .selectFrom('uploads')
    .selectAll()
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(toUpload);
}

function toUpload(row: UploadRow): Upload {
  const state: UploadState = JSON.parse(row.state);
  return {
    id: row.id,
    repository: { projectId: row.project_id, name: row.repository },
    principal: row.principal,
    algorithm: parseDigestAlgorithm(row.algorithm),
    state,
    expiresAt: row.expires_at,
  };
}
