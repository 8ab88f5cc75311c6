import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { MailSettings } from './mail-settings.ts';

export interface StoredMailSettings extends MailSettings {
  /** Sealed. */
  readonly password: Buffer | null;
}

const NAME = 'main';

/** Undefined where nobody has set up mail. */
export async function findMailSettings(db: Kysely<InstanceSchema>): Promise<StoredMailSettings | undefined> {
  const row = await db.selectFrom('mail_settings').selectAll().where('name', '=', NAME).executeTakeFirst();
  if (row === undefined) return undefined;
  const settings = JSON.parse(row.settings) as Omit<MailSettings, 'isEnabled'>;
  return { ...settings, isEnabled: row.is_enabled !== 0, password: row.password };
}

export interface SetMailSettingsInput extends StoredMailSettings {
  readonly actor: Actor;
  readonly now: number;
}

export async function setMailSettings({ tx }: InstanceTransaction, input: SetMailSettingsInput): Promise<void> {
  const { isEnabled, server, from, language, password, actor, now } = input;
  const before = await findMailSettings(tx);
  await journalAuditSink.record(tx, {
    at: now,
    actor,
    kind: 'mail.settings-changed',
    resource: describeServer(server),
    outcome: 'done',
    detail: {
      enabled: isEnabled,
      security: server.security,
      verifiesCertificate: server.verifiesCertificate,
      from: from.address,
      hasPassword: password !== null,
      ...(before !== undefined && {
        serverBefore: describeServer(before.server),
        enabledBefore: before.isEnabled,
        securityBefore: before.server.security,
        verifiesCertificateBefore: before.server.verifiesCertificate,
        fromBefore: before.from.address,
        hasPasswordBefore: before.password !== null,
      }),
    },
  });
  const row = {
    is_enabled: isEnabled ? 1 : 0,
    settings: JSON.stringify({ server, from, language }),
    password,
    updated_at: now,
  };
  await tx
    .insertInto('mail_settings')
    .values({ name: NAME, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

function describeServer({ host, port }: MailSettings['server']): string {
  return `smtp://${host}:${port}`;
}
