/** How deep a search goes, as Harbor's `ldap_scope` counts: 0 the base, 1 one level, 2 the subtree. */
export type LdapScope = 0 | 1 | 2;

/** Everything about a directory that its operator sets. The names are Harbor's `ldap_*` keys, without the prefix. */
export interface LdapSettings {
  /** `ldap://host[:389]` or `ldaps://host[:636]`. */
  readonly url: string;
  /** Asks for TLS on an `ldap://` connection before anything else is said (RFC 4511 § 4.14). Default: false. */
  readonly startTls?: boolean;
  /** Default: true. Without it whoever is on the way reads every password. */
  readonly verifyCert?: boolean;
  /** Certificates (PEM) that the server's certificate may come from, in place of the public ones. */
  readonly certificateAuthorities?: string;
  /** Whom the searches are made as; empty: anonymously. */
  readonly searchDn?: string;
  readonly searchPassword?: string;
  readonly baseDn: string;
  /** What a person's entry must match besides, such as `(objectClass=person)`. */
  readonly filter?: string;
  /** The attribute with the name that people sign in with. Default: `cn`, as with Harbor. */
  readonly uid?: string;
  /** Default: 2. */
  readonly scope?: LdapScope;
  /** For each step (connecting, TLS, one request), and four times as much for a whole sign-in. Default: 5 s. */
  readonly timeoutSeconds?: number;
  /** Where groups are; empty: there are none. */
  readonly groupBaseDn?: string;
  readonly groupSearchFilter?: string;
  /** The attribute with a group's name. Default: `cn`. */
  readonly groupAttributeName?: string;
  /** Default: 2. */
  readonly groupSearchScope?: LdapScope;
  /** Its members are administrators. */
  readonly groupAdminDn?: string;
  /** The attribute of a person's entry that names their groups. Default: `memberof`; empty: it is not asked for. */
  readonly groupMembershipAttribute?: string;
  /** Groups are also found by these attributes of theirs. Default: none. */
  readonly groupMemberAttributes?: readonly GroupMemberAttribute[];
  /** Names of groups are asked for several at a time. Default: false. */
  readonly groupAttachParallel?: boolean;
  /**
   * Whether groups of groups count. `walk` asks for them level by level; `in-chain` has the server do it, which only Active
   * Directory can (LDAP_MATCHING_RULE_IN_CHAIN). Default: `off`.
   */
  readonly nestedGroups?: 'off' | 'walk' | 'in-chain';
  /** Levels above a person's own groups that `walk` goes, 1 to 32. Default: 8. */
  readonly nestedGroupDepth?: number;
}

export const GROUP_MEMBER_ATTRIBUTES = ['member', 'uniqueMember', 'memberUid'] as const;
export type GroupMemberAttribute = (typeof GROUP_MEMBER_ATTRIBUTES)[number];

export type CompleteLdapSettings = Required<LdapSettings>;

/** The settings with a default for everything that is not given. */
export function completeLdapSettings(settings: LdapSettings): CompleteLdapSettings {
  return {
    startTls: false,
    verifyCert: true,
    certificateAuthorities: '',
    searchDn: '',
    searchPassword: '',
    filter: '',
    uid: 'cn',
    scope: 2,
    timeoutSeconds: 5,
    groupBaseDn: '',
    groupSearchFilter: '',
    groupAttributeName: 'cn',
    groupSearchScope: 2,
    groupAdminDn: '',
    groupMembershipAttribute: 'memberof',
    groupMemberAttributes: [],
    groupAttachParallel: false,
    nestedGroups: 'off',
    nestedGroupDepth: 8,
    ...settings,
  };
}
