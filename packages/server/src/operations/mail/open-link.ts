import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { linkTokenPlaceOf } from '../../identity/account-links/account-link.ts';
import type { Secrets } from '../../kernel/secrets-envelope.ts';
import type { MailLanguage } from './mail-settings.ts';

export interface OpenLinkDeps {
  readonly database: InstanceDatabase;
  readonly secrets: Pick<Secrets, 'open'>;
  /** An origin that the operator has set; never what a request has asked for. */
  readonly linkOrigin?: string | undefined;
}

/** The path of the page at which a password is chosen. */
export const PASSWORD_PAGE = '/set-password';

/**
 * The address that a mail leads to. What is secret stands after the `#`, which browsers send to nobody: no log has it.
 * @returns undefined when the link is over
 */
export async function openLink(
  { database, secrets, linkOrigin }: OpenLinkDeps,
  { linkId, language, now }: { readonly linkId: string; readonly language: MailLanguage; readonly now: number },
): Promise<string | undefined> {
  if (linkOrigin === undefined) return undefined;
  const link = await database.reader
    .selectFrom('account_links')
    .select('token')
    .where('id', '=', linkId)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (link?.token == null) return undefined;
  const token = (await secrets.open(linkTokenPlaceOf(linkId), link.token)).toString();
  return `${linkOrigin}${PASSWORD_PAGE}?lang=${language}#${token}`;
}
