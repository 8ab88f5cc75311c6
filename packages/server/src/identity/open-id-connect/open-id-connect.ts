import { isDeepStrictEqual } from 'node:util';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { OidcProvider } from '../providers/login-provider.ts';
import type { LoginProviders } from '../providers/login-providers.ts';
import type { Users } from '../users/users.ts';
import { configureOpenIdConnect } from './configure-open-id-connect.ts';
import { type OpenIdConnectObject, renderOpenIdConnect } from './open-id-connect-object.ts';
import { readOpenIdConnectPost, readOpenIdConnectPut } from './read-open-id-connect.ts';

export interface OpenIdConnectDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly loginProviders: LoginProviders;
  readonly users: Pick<Users, 'forget'>;
  /** Told that groups of users have changed. */
  readonly onGroupsChange: () => void;
}

/**
 * OVH's `openIdConnect` object of a registry, a view of the first OpenID Connect provider of the list. Bodies are read here, so
 * that whatever serves it only says who may.
 */
export class OpenIdConnect {
  readonly #deps: OpenIdConnectDependencies;

  constructor(deps: OpenIdConnectDependencies) {
    this.#deps = deps;
  }

  /** @throws ProductError NOT_FOUND */
  async get(): Promise<OpenIdConnectObject> {
    return renderOpenIdConnect(await this.#getProvider());
  }

  /**
   * Makes the provider, or replaces it.
   * @param body `{deleteUsers?, provider}`
   * @throws ProductError BAD_REQUEST (a value is not right, or users exist), CONFLICT, DENIED, PRECONDITION
   */
  async upsert(body: unknown, actor: Actor): Promise<void> {
    const { database, clock, loginProviders, users, onGroupsChange } = this.#deps;
    const before = await this.#find();
    const { deletesUsers, provider: wanted } = readOpenIdConnectPost(body, before);
    const [provider] = await loginProviders.prepare([{ id: before?.id, wanted }], actor).catch(toBadRequest);
    if (provider === undefined) throw new Error('one change was asked for');
    const gone = await database.execute(configureOpenIdConnect, { provider, deletesUsers, actor, now: clock.now() });
    loginProviders.forget();
    for (const userId of gone) users.forget(userId);
    onGroupsChange();
  }

  /**
   * Changes what is named.
   * @param body the fields that change, or `{provider: …}` with them
   * @throws ProductError NOT_FOUND, BAD_REQUEST, CONFLICT
   */
  async change(body: unknown, actor: Actor): Promise<void> {
    const before = await this.#getProvider();
    const wanted = readOpenIdConnectPut(body, before);
    const isSame = wanted.name === before.name && isDeepStrictEqual(wanted.settings, before.settings);
    if (isSame && wanted.secret === undefined) return;
    await this.#deps.loginProviders.update(before.id, wanted, actor).catch(toBadRequest);
  }

  /**
   * Deletes the provider with the accounts that were made by it.
   * @throws ProductError NOT_FOUND, DENIED (the actor's own account would go), PRECONDITION (the last administrator would)
   */
  async delete(actor: Actor): Promise<void> {
    const { id } = await this.#getProvider();
    await this.#deps.loginProviders.delete(id, true, actor);
  }

  async #find(): Promise<OidcProvider | undefined> {
    return (await this.#deps.loginProviders.list()).find((provider) => provider.kind === 'oidc');
  }

  async #getProvider(): Promise<OidcProvider> {
    const provider = await this.#find();
    if (provider === undefined) throw new ProductError('NOT_FOUND', 'OpenID Connect is not set up here');
    return provider;
  }
}

/** OVH's API has one answer for whatever is wrong with a request. */
function toBadRequest(error: unknown): never {
  if (!(error instanceof ProductError) || error.code !== 'VALIDATION') throw error;
  throw new ProductError('BAD_REQUEST', error.message);
}
