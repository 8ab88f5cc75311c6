import type { Entry } from 'ldapts';
import type { EgressGuard } from '../../kernel/egress-guard.ts';
import { checkLdapSettings } from './check-ldap-settings.ts';
import {
  type DirectoryGroup,
  type DirectoryUser,
  isSameUsername,
  readGroup,
  readTexts,
  readUser,
  userAttributes,
} from './directory-user.ts';
import { isSameDn, isWithinDn, normalizeDn } from './distinguished-name.ts';
import { LdapConnection } from './ldap-connection.ts';
import { LdapError } from './ldap-error.ts';
import { LdapFilters } from './ldap-filters.ts';
import { type CompleteLdapSettings, completeLdapSettings, type LdapSettings } from './ldap-settings.ts';
import { UserGroupFinder } from './user-group-finder.ts';
import { WorkSlots } from './work-slots.ts';

export interface SignedInUser extends DirectoryUser {
  readonly groups: readonly DirectoryGroup[];
  readonly isAdministrator: boolean;
}

/** `ambiguous-user`: several entries have that name, so none of them may sign in. */
export type LdapSignIn =
  | { readonly outcome: 'signed-in'; readonly user: SignedInUser }
  | { readonly outcome: 'wrong-password' | 'no-such-user' | 'ambiguous-user' };

const MAX_NAME_LENGTH = 255;
const MAX_PASSWORD_BYTES = 4_096;
const MAX_RESULTS = 200;
const MAX_ASKED_NAMES = 100;
/** Of a whole piece of work, in units of the timeout of one step. */
const STEPS = 4;
const SLOTS = { running: 8, waiting: 64 } as const;

/**
 * People and groups of one LDAP directory or Active Directory. Every piece of work has connections of its own: one for the
 * searches, and one that is bound as the person who signs in and used for nothing else.
 */
export class LdapDirectory {
  readonly #settings: CompleteLdapSettings;
  readonly #guard: Pick<EgressGuard, 'lookup'>;
  readonly #slots = new WorkSlots(SLOTS);

  /** @param settings which {@link checkLdapSettings} finds no fault with */
  constructor(settings: LdapSettings, guard: Pick<EgressGuard, 'lookup'>) {
    this.#settings = completeLdapSettings(settings);
    this.#guard = guard;
  }

  /**
   * Finds a person, and binds as them. A password that is empty never signs in: the directory would take it for a bind as
   * nobody, and say that it is fine (RFC 4513 § 5.1.2).
   * @throws LdapError when the directory could not be asked
   */
  async authenticate(username: string, password: string): Promise<LdapSignIn> {
    if (!isPossiblePassword(password)) return { outcome: 'wrong-password' };
    if (!isPossibleName(username)) return { outcome: 'no-such-user' };
    return this.#work(async (connection, filters, signal) => {
      const { baseDn, scope, uid, groupMembershipAttribute } = this.#settings;
      const entries = await connection.search({
        base: baseDn,
        scope,
        filter: filters.usersNamed([username]),
        attributes: [...userAttributes(uid), ...(groupMembershipAttribute === '' ? [] : [groupMembershipAttribute])],
        maxEntries: 2,
      });
      if (entries.length > 1) return { outcome: 'ambiguous-user' };
      const [entry] = entries;
      if (entry === undefined || !isPerson(entry, username, this.#settings)) return { outcome: 'no-such-user' };
      if (!(await this.#isPassword(entry.dn, password, signal))) return { outcome: 'wrong-password' };
      const user = readUser(entry, uid, username);
      const memberOf = groupMembershipAttribute === '' ? [] : readTexts(entry, groupMembershipAttribute);
      const groups = await new UserGroupFinder(connection, this.#settings, filters).find({ ...user, memberOf });
      return {
        outcome: 'signed-in',
        user: { ...user, groups, isAdministrator: this.#hasAdministrators(groups, memberOf) },
      };
    });
  }

  /** @returns up to 200 people whose name contains a text; all for an empty one */
  async searchUsers(text: string): Promise<readonly DirectoryUser[]> {
    if (text !== '' && !isPossibleName(text)) return [];
    return this.#findUsers((filters) => filters.usersLike(text), MAX_RESULTS);
  }

  /**
   * For an import. A name that is missing in the result is not there, or there twice.
   * @param names up to 100, spelled as the directory spells them but for case
   */
  async findUsers(names: readonly string[]): Promise<readonly DirectoryUser[]> {
    const possible = names.filter(isPossibleName).slice(0, MAX_ASKED_NAMES);
    if (possible.length === 0) return [];
    const found = await this.#findUsers((filters) => filters.usersNamed(possible), 2 * MAX_ASKED_NAMES);
    return possible.flatMap((name) => {
      const matching = found.filter(({ username }) => isSameUsername(username, name));
      return matching.length === 1 ? matching : [];
    });
  }

  /** @returns up to 200 groups whose name contains a text, or the one with a distinguished name */
  async searchGroups(query: { readonly name: string } | { readonly dn: string }): Promise<readonly DirectoryGroup[]> {
    const { groupBaseDn, groupSearchScope, groupAttributeName } = this.#settings;
    if (groupBaseDn === '') return [];
    if ('dn' in query && (normalizeDn(query.dn) === undefined || !isWithinDn(query.dn, groupBaseDn))) return [];
    if ('name' in query && query.name !== '' && !isPossibleName(query.name)) return [];
    return this.#work(async (connection, filters) => {
      const entries = await connection.search({
        base: 'dn' in query ? query.dn : groupBaseDn,
        scope: 'dn' in query ? 0 : groupSearchScope,
        filter: 'dn' in query ? filters.anyGroup() : filters.groupsLike(query.name),
        attributes: [groupAttributeName],
        maxEntries: MAX_RESULTS,
      });
      return entries.map((entry) => readGroup(entry, groupAttributeName));
    });
  }

  /** Tries the settings out as Harbor's `/ldap/ping` does: connects, binds as the account for searches, and reads the base. */
  async ping(): Promise<{ readonly success: boolean; readonly message: string }> {
    const { faults } = await checkLdapSettings(this.#settings);
    if (faults.length > 0) return { success: false, message: faults.join('; ') };
    try {
      return await this.#work(async (connection, filters) => {
        const { baseDn: base } = this.#settings;
        const found = await connection.search({
          base,
          scope: 0,
          filter: filters.anything(),
          attributes: ['1.1'],
          maxEntries: 1,
        });
        return found.length === 1
          ? { success: true, message: '' }
          : {
              success: false,
              message: 'the directory has no entry base_dn, or does not show it to the account for searches',
            };
      });
    } catch (error) {
      if (error instanceof LdapError) return { success: false, message: error.message };
      throw error;
    }
  }

  async #findUsers(filterOf: (filters: LdapFilters) => ReturnType<LdapFilters['usersLike']>, maxEntries: number) {
    const { baseDn: base, scope, uid } = this.#settings;
    return this.#work(async (connection, filters) => {
      const attributes = userAttributes(uid);
      const entries = await connection.search({ base, scope, filter: filterOf(filters), attributes, maxEntries });
      return entries
        .filter((entry) => readTexts(entry, uid).length > 0 && entry.dn !== '')
        .map((entry) => readUser(entry, uid));
    });
  }

  async #isPassword(dn: string, password: string, signal: AbortSignal): Promise<boolean> {
    await using connection = await LdapConnection.open(this.#settings, this.#guard, signal);
    return await connection.bind(dn, password);
  }

  /** The group of administrators need not be below the base of the groups. */
  #hasAdministrators(groups: readonly DirectoryGroup[], memberOf: readonly string[]): boolean {
    const { groupAdminDn } = this.#settings;
    if (groupAdminDn === '') return false;
    return [...groups.map(({ dn }) => dn), ...memberOf].some((dn) => isSameDn(dn, groupAdminDn));
  }

  /** Does work with a connection that is bound as the account for searches, within bounds of time and number. */
  async #work<Result>(
    work: (connection: LdapConnection, filters: LdapFilters, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { searchDn, searchPassword, timeoutSeconds } = this.#settings;
    const signal = AbortSignal.timeout(timeoutSeconds * 1_000 * STEPS);
    using _slot = await this.#slots.take(signal);
    const filters = await LdapFilters.create(this.#settings);
    await using connection = await LdapConnection.open(this.#settings, this.#guard, signal);
    if (searchDn !== '' && !(await connection.bind(searchDn, searchPassword)))
      throw new LdapError('service-account-refused', 'the directory refuses search_dn or search_password');
    return await work(connection, filters, signal);
  }
}

function isPossibleName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_LENGTH && name.trim() === name && !/[\u0000-\u001f\u007f]/.test(name);
}

/** A directory that takes passwords for C strings ends one at its NUL byte. */
function isPossiblePassword(password: string): boolean {
  return password !== '' && !password.includes('\0') && Buffer.byteLength(password) <= MAX_PASSWORD_BYTES;
}

/** What the directory has found must be what was asked for: it may take more for equal than case. */
function isPerson(entry: Entry, username: string, { uid, baseDn }: CompleteLdapSettings): boolean {
  const isNamed = readTexts(entry, uid).some((name) => isSameUsername(name, username));
  return isNamed && entry.dn !== '' && isWithinDn(entry.dn, baseDn);
}
