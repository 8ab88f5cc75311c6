import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

export interface HoldManifestInput {
  readonly manifestId: number;
  readonly heldUntil: number;
}

/** Keeps policies from the manifest until then, for somebody who pushes. False when it is not there any more. */
export async function holdManifest({ tx }: InstanceTransaction, input: HoldManifestInput): Promise<boolean> {
  const held = await tx
    .updateTable('manifests')
    .set({ held_until: input.heldUntil })
    .where('id', '=', input.manifestId)
    .executeTakeFirst();
  return held.numUpdatedRows > 0n;
}
