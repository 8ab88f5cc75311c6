import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { assertProviderFits } from './assert-provider-fits.ts';
import { audienceOf, type ProviderKind } from './login-provider.ts';
import { noSuchProvider } from './no-such-provider.ts';
import { findProviderRow, toLoginProvider } from './provider-store.ts';

export type UpdateLoginProviderInput = ProviderKind & {
  readonly id: string;
  /** As it was when the change was made up. */
  readonly version: number;
  readonly name: string;
  readonly position: number;
  /** Sealed. Undefined: the one that there is, as long as it is for the same. */
  readonly secret: Uint8Array | null | undefined;
  readonly actor: Actor;
  readonly now: number;
};

/** @throws ProductError NOT_FOUND, CONFLICT (somebody else has changed it meanwhile, or another has its name or prefix) */
export async function updateLoginProvider({ tx }: InstanceTransaction, input: UpdateLoginProviderInput): Promise<void> {
  const { id, version, name, position, kind, settings, actor, now } = input;
  const row = await findProviderRow(tx, id);
  if (row === undefined) throw noSuchProvider();
  const before = toLoginProvider(row);
  if (before.kind !== kind) {
    throw new ProductError('CONFLICT', `this login provider is of the kind ${before.kind}: delete it and make another`);
  }
  await assertProviderFits(tx, input);
  const kept = audienceOf(before) === audienceOf(input) ? row.secret : null;
  const given = input.secret === null || input.secret === undefined ? null : Buffer.from(input.secret);
  const secret = input.secret === undefined ? kept : given;
  const { numUpdatedRows } = await tx
    .updateTable('login_providers')
    .set({ name, position, settings: JSON.stringify(settings), secret, version: version + 1, updated_at: now })
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) {
    throw new ProductError('CONFLICT', 'this login provider was changed meanwhile: read it again');
  }
  const detail = {
    resource: `login-provider:${id}`,
    before: JSON.stringify({
      name: before.name,
      position: before.position,
      settings: before.settings,
      hasSecret: before.hasSecret,
    }),
    after: JSON.stringify({ name, position, settings, hasSecret: secret !== null }),
  };
  await appendJournal(tx, { at: now, actor, kind: 'login-provider.updated', detail });
}
