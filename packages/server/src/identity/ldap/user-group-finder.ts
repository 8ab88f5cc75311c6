import type { Filter } from 'ldapts';
import { type DirectoryGroup, readGroup, readTexts } from './directory-user.ts';
import { isWithinDn, normalizeDn } from './distinguished-name.ts';
import type { LdapConnection } from './ldap-connection.ts';
import type { LdapFilters } from './ldap-filters.ts';
import type { CompleteLdapSettings } from './ldap-settings.ts';

/** Groups of one person; what is beyond is not asked for. */
export const MAX_GROUPS = 20_000;
/** Up to so many names of groups are asked for one by one; beyond, all groups are listed. */
const MAX_SINGLE_READS = 100;
const PARALLEL_READS = 8;
const MEMBERS_IN_A_FILTER = 50;

/** The person whose groups are looked for. */
export interface GroupMember {
  readonly dn: string;
  readonly username: string;
  /** The values of the membership attribute of the entry. */
  readonly memberOf: readonly string[];
}

/** A group as the walk needs it. */
interface FoundGroup extends DirectoryGroup {
  readonly memberOf: readonly string[];
}

/** Finds the groups of a person, with groups of groups where they count. A group comes once, however many ways lead to it. */
export class UserGroupFinder {
  readonly #connection: LdapConnection;
  readonly #settings: CompleteLdapSettings;
  readonly #filters: LdapFilters;
  /** By normalized name. */
  readonly #found = new Map<string, FoundGroup>();

  constructor(connection: LdapConnection, settings: CompleteLdapSettings, filters: LdapFilters) {
    this.#connection = connection;
    this.#settings = settings;
    this.#filters = filters;
  }

  /** @throws LdapError */
  async find(member: GroupMember): Promise<readonly DirectoryGroup[]> {
    const { groupBaseDn, nestedGroups, nestedGroupDepth } = this.#settings;
    if (groupBaseDn === '') return [];
    if (nestedGroups === 'in-chain') this.#note(await this.#search(this.#filters.inChain(member.dn)));
    let newest = [
      ...this.#note(await this.#readByName(member.memberOf)),
      ...this.#note(await this.#searchByMembers([member.dn], member.username)),
    ];
    const levels = nestedGroups === 'walk' ? nestedGroupDepth : 0;
    for (let level = 0; level < levels && newest.length > 0; level += 1) {
      const above = newest.flatMap(({ memberOf }) => memberOf);
      const names = newest.map(({ dn }) => dn);
      newest = [
        ...this.#note(await this.#readByName(above)),
        ...this.#note(await this.#searchByMembers(names, undefined)),
      ];
    }
    return [...this.#found.values()].map(({ dn, name }) => ({ dn, name }));
  }

  /** @returns those that were not known, which ends every cycle */
  #note(groups: readonly FoundGroup[]): readonly FoundGroup[] {
    return groups.filter((group) => {
      const key = normalizeDn(group.dn);
      if (key === undefined || this.#found.has(key) || this.#found.size >= MAX_GROUPS) return false;
      this.#found.set(key, group);
      return true;
    });
  }

  async #readByName(names: readonly string[]): Promise<readonly FoundGroup[]> {
    const { groupBaseDn, groupAttachParallel } = this.#settings;
    const wanted = new Map<string, string>();
    for (const dn of names) {
      const key = normalizeDn(dn);
      if (key !== undefined && !this.#found.has(key) && isWithinDn(dn, groupBaseDn)) wanted.set(key, dn);
    }
    if (wanted.size > MAX_SINGLE_READS) {
      const all = await this.#search(this.#filters.anyGroup());
      return all.filter(({ dn }) => wanted.has(normalizeDn(dn) ?? ''));
    }
    const groups: FoundGroup[] = [];
    const width = groupAttachParallel ? PARALLEL_READS : 1;
    const queue = [...wanted.values()];
    for (let at = 0; at < queue.length; at += width) {
      const reads = queue.slice(at, at + width).map((dn) => this.#search(this.#filters.anyGroup(), dn));
      groups.push(...(await Promise.all(reads)).flat());
    }
    return groups;
  }

  async #searchByMembers(names: readonly string[], username: string | undefined): Promise<readonly FoundGroup[]> {
    const groups: FoundGroup[] = [];
    if (this.#settings.groupMemberAttributes.length === 0) return groups;
    for (let at = 0; at < names.length; at += MEMBERS_IN_A_FILTER) {
      const filter = this.#filters.groupsOf(names.slice(at, at + MEMBERS_IN_A_FILTER), username);
      if (filter !== undefined) groups.push(...(await this.#search(filter)));
    }
    return groups;
  }

  /** @param dn of one group; without it all below the base are searched */
  async #search(filter: Filter, dn?: string): Promise<readonly FoundGroup[]> {
    const { groupBaseDn, groupSearchScope, groupAttributeName, groupMembershipAttribute, nestedGroups } =
      this.#settings;
    const walks = nestedGroups === 'walk' && groupMembershipAttribute !== '';
    const entries = await this.#connection.search({
      base: dn ?? groupBaseDn,
      scope: dn === undefined ? groupSearchScope : 0,
      filter,
      attributes: walks ? [groupAttributeName, groupMembershipAttribute] : [groupAttributeName],
      maxEntries: dn === undefined ? MAX_GROUPS : 1,
    });
    return entries.map((entry) => ({
      ...readGroup(entry, groupAttributeName),
      memberOf: walks ? readTexts(entry, groupMembershipAttribute) : [],
    }));
  }
}
