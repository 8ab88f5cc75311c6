import type { Filter } from 'ldapts';
import type { CompleteLdapSettings } from './ldap-settings.ts';

/** LDAP_MATCHING_RULE_IN_CHAIN of Active Directory ([MS-ADTS] 3.1.1.3.4.4.3). */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/**
 * The filters of all searches. A value that somebody gives never stands in a text that is parsed: it goes into a filter as an
 * object, and from there onto the wire with its length before it, so that nothing in it can be read as part of the filter.
 */
export class LdapFilters {
  readonly #ldapts: typeof import('ldapts');
  readonly #settings: CompleteLdapSettings;

  private constructor(ldapts: typeof import('ldapts'), settings: CompleteLdapSettings) {
    this.#ldapts = ldapts;
    this.#settings = settings;
  }

  /** The library is loaded at its first use. */
  static async create(settings: CompleteLdapSettings): Promise<LdapFilters> {
    return new LdapFilters(await import('ldapts'), settings);
  }

  /** People with just one of these names. */
  usersNamed(names: readonly string[]): Filter {
    return this.#and(this.#settings.filter, this.#anyOf(names.map((name) => this.#equals(this.#settings.uid, name))));
  }

  /** People whose name contains a text. */
  usersLike(text: string): Filter {
    return this.#and(this.#settings.filter, this.#contains(this.#settings.uid, text));
  }

  anything(): Filter {
    return new this.#ldapts.PresenceFilter({ attribute: 'objectClass' });
  }

  anyGroup(): Filter {
    return this.#and(this.#settings.groupSearchFilter, this.anything());
  }

  groupsLike(text: string): Filter {
    return this.#and(this.#settings.groupSearchFilter, this.#contains(this.#settings.groupAttributeName, text));
  }

  /**
   * Groups with one of these entries as a member.
   * @param username for groups that name their members so (memberUid), which only people are
   * @returns undefined when no attribute would say so
   */
  groupsOf(names: readonly string[], username: string | undefined): Filter | undefined {
    const parts = this.#settings.groupMemberAttributes.flatMap((attribute) => {
      if (attribute !== 'memberUid') return names.map((dn) => this.#equals(attribute, dn));
      return username === undefined ? [] : [this.#equals(attribute, username)];
    });
    return parts.length === 0 ? undefined : this.#and(this.#settings.groupSearchFilter, this.#anyOf(parts));
  }

  inChain(dn: string): Filter {
    const rule = new this.#ldapts.ExtensibleFilter({ matchType: 'member', rule: IN_CHAIN, value: dn });
    return this.#and(this.#settings.groupSearchFilter, rule);
  }

  #equals(attribute: string, value: string): Filter {
    return new this.#ldapts.EqualityFilter({ attribute, value });
  }

  #contains(attribute: string, text: string): Filter {
    if (text === '') return new this.#ldapts.PresenceFilter({ attribute });
    return new this.#ldapts.SubstringFilter({ attribute, any: [text] });
  }

  #anyOf(filters: readonly Filter[]): Filter {
    return new this.#ldapts.OrFilter({ filters: [...filters] });
  }

  #and(configured: string, filter: Filter): Filter {
    if (configured === '') return filter;
    return new this.#ldapts.AndFilter({ filters: [this.#ldapts.FilterParser.parseString(configured), filter] });
  }
}
