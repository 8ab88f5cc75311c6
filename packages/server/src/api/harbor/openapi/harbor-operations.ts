import * as artifacts from '../artifacts/artifacts-contract.ts';
import * as auditLogs from '../audit-logs/audit-logs-contract.ts';
import * as configurations from '../configurations/configurations-contract.ts';
import * as cveAllowlist from '../cve-allowlist/cve-allowlist-contract.ts';
import * as cveExports from '../cve-exports/cve-exports-contract.ts';
import * as garbageCollection from '../garbage-collection/garbage-collection-contract.ts';
import * as health from '../health/health-contract.ts';
import * as icons from '../icons/icons-contract.ts';
import * as immutableRules from '../immutable-rules/immutable-rules-contract.ts';
import * as jobservice from '../jobservice/jobservice-contract.ts';
import * as labels from '../labels/labels-contract.ts';
import * as ldap from '../ldap/ldap-contract.ts';
import * as members from '../members/members-contract.ts';
import * as permissions from '../permissions/permissions-contract.ts';
import * as ping from '../ping/ping-contract.ts';
import * as preheat from '../preheat/preheat-contract.ts';
import * as projectMetadata from '../project-metadata/project-metadata-contract.ts';
import * as projects from '../projects/projects-contract.ts';
import * as purgeAudit from '../purge-audit/purge-audit-contract.ts';
import * as quotas from '../quotas/quotas-contract.ts';
import * as registries from '../registries/registries-contract.ts';
import * as replication from '../replication/replication-contract.ts';
import * as repositories from '../repositories/repositories-contract.ts';
import * as retentions from '../retentions/retentions-contract.ts';
import * as robots from '../robots/robots-contract.ts';
import * as scanAll from '../scan-all/scan-all-contract.ts';
import * as scanners from '../scanners/scanners-contract.ts';
import * as scans from '../scans/scans-contract.ts';
import * as schedules from '../schedules/schedules-contract.ts';
import * as search from '../search/search-contract.ts';
import * as securityHub from '../security-hub/security-hub-contract.ts';
import * as statistics from '../statistics/statistics-contract.ts';
import * as systemInfo from '../system-info/system-info-contract.ts';
import * as systemOidc from '../system-oidc/system-oidc-contract.ts';
import * as usergroups from '../usergroups/usergroups-contract.ts';
import * as users from '../users/users-contract.ts';
import * as webhooks from '../webhooks/webhooks-contract.ts';

import type { Operation } from './operation.ts';

/** All operations of Harbor's API, v2.15. */
export const HARBOR_OPERATIONS: readonly Operation[] = [
  artifacts,
  auditLogs,
  configurations,
  cveAllowlist,
  cveExports,
  garbageCollection,
  health,
  icons,
  immutableRules,
  jobservice,
  labels,
  ldap,
  members,
  permissions,
  ping,
  preheat,
  projectMetadata,
  projects,
  purgeAudit,
  quotas,
  registries,
  replication,
  repositories,
  retentions,
  robots,
  scanAll,
  scanners,
  scans,
  schedules,
  search,
  securityHub,
  statistics,
  systemInfo,
  systemOidc,
  usergroups,
  users,
  webhooks,
].flatMap((contract) => Object.values(contract));
