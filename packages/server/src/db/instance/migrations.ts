import type { MigrationStep } from '../migrate.ts';
import { up as content } from './migrations/0001-content.ts';
import { up as identity } from './migrations/0002-identity.ts';
import { up as jobs } from './migrations/0003-jobs.ts';
import { up as collection } from './migrations/0004-collection.ts';
import { up as recovery } from './migrations/0005-recovery.ts';
import { up as access } from './migrations/0006-access.ts';
import { up as auditLog } from './migrations/0007-audit-log.ts';
import { up as auditSearch } from './migrations/0008-audit-search.ts';
import { up as auditForwarding } from './migrations/0009-audit-forwarding.ts';
import { up as secondFactors } from './migrations/0010-second-factors.ts';
import { up as loginProviders } from './migrations/0011-login-providers.ts';
import { up as mail } from './migrations/0012-mail.ts';
import { up as signIns } from './migrations/0013-sign-ins.ts';
import { up as mailQueue } from './migrations/0016-mail-queue.ts';
import { up as passkeys } from './migrations/0017-passkeys.ts';
import { up as deviceLogins } from './migrations/0018-device-logins.ts';
import { up as providerGrants } from './migrations/0019-provider-grants.ts';
import { up as foldedNames } from './migrations/0020-folded-names.ts';
import { up as workloadRules } from './migrations/0021-workload-rules.ts';
import { up as projectDetails } from './migrations/0025-project-details.ts';
import { up as artifacts } from './migrations/0026-artifacts.ts';
import { up as policies } from './migrations/0027-policies.ts';
import { up as remoteRegistries } from './migrations/0028-remote-registries.ts';
import { up as webhookPolicies } from './migrations/0030-webhook-policies.ts';
import { up as nameRedirects } from './migrations/0034-name-redirects.ts';
import { up as projectCveAllowlists } from './migrations/0035-project-cve-allowlists.ts';
import { up as scanners } from './migrations/0036-scanners.ts';
import type { InstanceSchema } from './schema.ts';

/** Every step of the instance schema, by its name, oldest first. */
export const INSTANCE_MIGRATIONS: Readonly<Record<string, MigrationStep<InstanceSchema>>> = {
  '0001-content': content,
  '0002-identity': identity,
  '0003-jobs': jobs,
  '0004-collection': collection,
  '0005-recovery': recovery,
  '0006-access': access,
  '0007-audit-log': auditLog,
  '0008-audit-search': auditSearch,
  '0009-audit-forwarding': auditForwarding,
  '0010-second-factors': secondFactors,
  '0011-login-providers': loginProviders,
  '0012-mail': mail,
  '0013-sign-ins': signIns,
  '0016-mail-queue': mailQueue,
  '0017-passkeys': passkeys,
  '0018-device-logins': deviceLogins,
  '0019-provider-grants': providerGrants,
  '0020-folded-names': foldedNames,
  '0021-workload-rules': workloadRules,
  '0025-project-details': projectDetails,
  '0026-artifacts': artifacts,
  '0027-policies': policies,
  '0028-remote-registries': remoteRegistries,
  '0030-webhook-policies': webhookPolicies,
  '0034-name-redirects': nameRedirects,
  '0035-project-cve-allowlists': projectCveAllowlists,
  '0036-scanners': scanners,
};
