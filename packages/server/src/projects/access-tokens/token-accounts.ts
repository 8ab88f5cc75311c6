import type { AccessToken } from '../../identity/access-tokens/access-token.ts';
import type { AccessTokens } from '../../identity/access-tokens/access-tokens.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { isAdministrator, type Principal } from '../../kernel/principal.ts';
import { assertInPerson, refusal } from '../project-access.ts';
import type { Projects } from '../projects.ts';
import { assertMayBound, placeBlocks } from '../robots/giving.ts';
import { type HarborPermission, readPermissions, renderPermissions } from '../robots/harbor-permissions.ts';

/** An access token as it is shown. */
export interface TokenDetails {
  readonly token: AccessToken;
  /** Undefined: it may do whatever its owner may. */
  readonly permissions: readonly HarborPermission[] | undefined;
}

export interface TokenRequest {
  readonly name: string;
  /** Undefined: it does not end by itself. */
  readonly expiresInDays: number | undefined;
  readonly permissions: readonly HarborPermission[] | undefined;
  readonly actor: Actor;
}

/**
 * Access tokens with the rules of who may do what with them. Only people in person manage them: a token that could make
 * tokens would outlive its own revocation.
 */
export interface TokenAccounts {
  /**
   * @param username whose; undefined: the caller's own. Those of others are for administrators.
   * @throws ProductError UNAUTHORIZED, DENIED, NOT_FOUND (administrators only are told of a missing user)
   */
  list(principal: Principal, username: string | undefined): Promise<readonly TokenDetails[]>;
  /**
   * @returns also the token itself, which is shown this once
   * @throws ProductError UNAUTHORIZED, DENIED, BAD_REQUEST, CONFLICT, PRECONDITION
   */
  create(request: TokenRequest): Promise<{ readonly details: TokenDetails; readonly secret: string }>;
  /** Of one's own; administrators: of anybody. @throws ProductError UNAUTHORIZED, DENIED, NOT_FOUND */
  revoke(id: number, actor: Actor): Promise<void>;
}

export interface TokenAccountsDependencies {
  readonly accessTokens: AccessTokens;
  readonly users: { findByName(username: string): Promise<{ readonly id: number } | undefined> };
  readonly projects: Pick<Projects, 'find' | 'findAll' | 'permissions' | 'forgetRights'>;
}

export function createTokenAccounts({ accessTokens, users, projects }: TokenAccountsDependencies): TokenAccounts {
  const giving = { permissions: projects.permissions, findProject: (name: string) => projects.find(name) };
  const detail = async (tokens: readonly AccessToken[]): Promise<readonly TokenDetails[]> => {
    const scopes = tokens.flatMap(({ permissions = [] }) => permissions.map(({ scope }) => scope));
    const found = await projects.findAll(scopes.filter((scope) => typeof scope === 'number'));
    const names = new Map([...found].map(([id, { name }]) => [id, name]));
    return tokens.map((token) => ({
      token,
      permissions: token.permissions && renderPermissions(token.permissions, names),
    }));
  };
  return {
    async list(principal, username) {
      const user = assertInPerson(principal);
      if (username === undefined || username === user.name) return detail(await accessTokens.list(user.id));
      if (!isAdministrator(user)) throw refusal(user);
      const owner = await users.findByName(username);
      if (owner === undefined) throw new ProductError('NOT_FOUND', 'there is no such user');
      return detail(await accessTokens.list(owner.id));
    },
    async create({ permissions, actor, ...request }) {
      const user = assertInPerson(actor.principal);
      const placed =
        permissions === undefined ? undefined : await placeBlocks(readPermissions(permissions), user, giving);
      if (placed !== undefined) await assertMayBound(placed, user, giving);
      const blocks = placed?.map(({ block }) => block);
      const { token, secret } = await accessTokens.create({ ...request, userId: user.id, permissions: blocks, actor });
      const [details] = await detail([token]);
      if (details === undefined) throw new Error('a token has no details');
      return { details, secret };
    },
    async revoke(id, actor) {
      const user = assertInPerson(actor.principal);
      const userId = isAdministrator(user) ? undefined : user.id;
      const wasThere = await accessTokens.revoke({ id, userId, actor });
      projects.forgetRights();
      if (!wasThere) throw new ProductError('NOT_FOUND', `there is no access token with the id ${id}`);
    },
  };
}
