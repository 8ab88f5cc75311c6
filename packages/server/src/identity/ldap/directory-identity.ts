import { hash } from 'node:crypto';
import type { ProvenIdentity } from '../providers/admit-identity.ts';
import type { LdapProvider } from '../providers/login-provider.ts';
import type { DirectoryUser } from './directory-user.ts';
import { normalizeDn } from './distinguished-name.ts';
import type { SignedInUser } from './ldap-directory.ts';

/** The directory of a provider is its one issuer: it may move to another address. */
const ISSUER = 'ldap';
const MAX_SUBJECT_LENGTH = 255;

/** Who somebody is, as their directory has just proven it. */
export function identityOf(provider: LdapProvider, user: SignedInUser): ProvenIdentity {
  const { groupAdminDn } = provider.settings;
  return {
    ...personOf(provider, user),
    groups: user.groups.flatMap(({ dn }) => normalizeDn(dn) ?? []),
    isAdministrator: groupAdminDn === '' ? undefined : user.isAdministrator,
  };
}

/** As `identityOf`, of whom a directory has named and who has not signed in. */
export function personOf(
  { id, version }: LdapProvider,
  { subject, realName = '', email = '' }: DirectoryUser,
): Omit<ProvenIdentity, 'groups' | 'isAdministrator'> {
  return {
    providerId: id,
    providerVersion: version,
    issuer: ISSUER,
    subject: subject.length <= MAX_SUBJECT_LENGTH ? subject : `dn-sha256:${hash('sha256', subject, 'base64url')}`,
    profile: { realName, email, isEmailVerified: true },
  };
}
