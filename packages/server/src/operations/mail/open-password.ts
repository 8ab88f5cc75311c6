import type { Secrets } from '../../kernel/secrets-envelope.ts';
import { MAIL_PASSWORD_PLACE } from './mail-settings.ts';
import type { StoredMailSettings } from './mail-settings-rows.ts';

/** @returns the password of the mail server; undefined: it asks for none */
export async function openPassword(
  { secrets }: { readonly secrets: Pick<Secrets, 'open'> },
  { password }: StoredMailSettings,
): Promise<string | undefined> {
  return password === null ? undefined : (await secrets.open(MAIL_PASSWORD_PLACE, password)).toString();
}
