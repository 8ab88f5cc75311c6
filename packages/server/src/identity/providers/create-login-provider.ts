import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { assertProviderFits } from './assert-provider-fits.ts';
import type { ProviderKind } from './login-provider.ts';

export type CreateLoginProviderInput = ProviderKind & {
  readonly id: string;
  readonly name: string;
  readonly position: number;
  /** Sealed. */
  readonly secret: Uint8Array | null;
  readonly actor: Actor;
  readonly now: number;
};

/** @throws ProductError CONFLICT */
export async function createLoginProvider({ tx }: InstanceTransaction, input: CreateLoginProviderInput): Promise<void> {
  const { id, kind, name, position, settings, secret, actor, now } = input;
  await assertProviderFits(tx, input);
  await tx
    .insertInto('login_providers')
    .values({
      id,
      kind,
      name,
      position,
      settings: JSON.stringify(settings),
      secret: secret === null ? null : Buffer.from(secret),
      version: 1,
      created_at: now,
      updated_at: now,
    })
    .execute();
  const detail = { resource: `login-provider:${id}`, name, kind, position, hasSecret: secret !== null };
  const settingsText = JSON.stringify(settings);
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'login-provider.created',
    detail: { ...detail, settings: settingsText },
  });
}
