import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { RequestOrigin } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { decodeForeignToken } from '../federation/decode-foreign-token.ts';
import { ForeignTokenError } from '../federation/foreign-token-error.ts';
import type { IssuerKeys } from '../federation/issuer-keys.ts';
import { type ForeignToken, verifyForeignToken } from '../federation/verify-foreign-token.ts';
import type { MachineLogins } from '../machine-logins.ts';
import type { OidcProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import { principalOfUser, type UserPrincipal } from '../user.ts';
import type { Users } from '../users/users.ts';

export interface IdTokensDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly providers: Pick<LoginProviders, 'list'>;
  readonly keys: Pick<IssuerKeys, 'find'>;
  readonly users: Pick<Users, 'find'>;
  readonly logins: MachineLogins;
}

/**
 * ID tokens of login providers, sent as bearer tokens by who has one already: each has to be signed by its provider, for this registry
 * alone, and of somebody who has an account here. None makes an account, and none changes rights: that is done by signing in.
 */
export class IdTokens {
  readonly #deps: IdTokensDependencies;

  constructor(deps: IdTokensDependencies) {
    this.#deps = deps;
  }

  /** @returns undefined when it is none that counts, or its account may not sign in */
  async verify(rawToken: string, origin: RequestOrigin): Promise<UserPrincipal | undefined> {
    const { logins } = this.#deps;
    const found = await this.#find(rawToken);
    if (found === undefined) logins.failed({ origin, account: undefined });
    else logins.succeeded({ origin, account: found.user, provider: found.provider });
    return found?.user;
  }

  async #find(rawToken: string): Promise<{ readonly user: UserPrincipal; readonly provider: string } | undefined> {
    const issuer = issuerOf(rawToken);
    if (issuer === undefined) return undefined;
    const all = await this.#deps.providers.list();
    for (const provider of all) {
      if (provider.kind !== 'oidc' || provider.settings.issuer !== issuer) continue;
      const token = await this.#check(rawToken, provider);
      const user = token === undefined ? undefined : await this.#findUser(provider, token.subject);
      if (user !== undefined) return { user, provider: provider.id };
    }
    return undefined;
  }

  async #check(rawToken: string, { settings }: OidcProvider): Promise<ForeignToken | undefined> {
    const { clock, keys } = this.#deps;
    const { issuer, clientId } = settings;
    try {
      const token = await verifyForeignToken(rawToken, {
        ...{ issuer, audience: clientId, now: clock.now() },
        findKeys: (keyId) => keys.find(issuer, keyId),
      });
      const { azp } = token.claims;
      return azp === undefined || azp === clientId ? token : undefined;
    } catch (error) {
      if (error instanceof ForeignTokenError) return undefined;
      throw error;
    }
  }

  async #findUser({ id, settings }: OidcProvider, subject: string): Promise<UserPrincipal | undefined> {
    const { database, users } = this.#deps;
    if (subject.includes('\0')) return undefined;
    const row = await database.reader
      .selectFrom('external_identities')
      .select('user_id')
      .where('provider_id', '=', id)
      .where('issuer', '=', settings.issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();
    const user = row === undefined ? undefined : await users.find(row.user_id);
    return user === undefined ? undefined : principalOfUser(user);
  }
}

function issuerOf(rawToken: string): string | undefined {
  try {
    const { iss } = decodeForeignToken(rawToken).claims;
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
