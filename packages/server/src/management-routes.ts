import { registerApiPageRoutes } from './api/harbor/api-page/api-page-routes.ts';
import { registerArtifactRoutes } from './api/harbor/artifacts/artifact-routes.ts';
import { registerAuditLogOperations } from './api/harbor/audit-logs/audit-log-routes.ts';
import { registerConfigurationRoutes } from './api/harbor/configurations/configuration-routes.ts';
import { registerCveAllowlistRoutes } from './api/harbor/cve-allowlist/cve-allowlist-routes.ts';
import { registerCveExportRoutes } from './api/harbor/cve-exports/cve-export-routes.ts';
import { registerGarbageCollectionRoutes } from './api/harbor/garbage-collection/garbage-collection-routes.ts';
import { registerHealthRoutes } from './api/harbor/health/health-routes.ts';
import { registerIconRoutes } from './api/harbor/icons/icon-routes.ts';
import { registerImmutableRuleRoutes } from './api/harbor/immutable-rules/immutable-rule-routes.ts';
import { registerJobserviceRoutes } from './api/harbor/jobservice/jobservice-routes.ts';
import { registerLabelRoutes } from './api/harbor/labels/label-routes.ts';
import { registerLdapRoutes } from './api/harbor/ldap/ldap-routes.ts';
import { registerLoginRoutes } from './api/harbor/login/login-routes.ts';
import { registerOidcRoutes } from './api/harbor/login/oidc-routes.ts';
import { registerMemberRoutes } from './api/harbor/members/member-routes.ts';
import { registerPingRoutes } from './api/harbor/ping/ping-routes.ts';
import { registerMetadataRoutes } from './api/harbor/project-metadata/metadata-routes.ts';
import { registerProjectRoutes } from './api/harbor/projects/project-routes.ts';
import { registerProjectScannerRoutes } from './api/harbor/projects/project-scanner-routes.ts';
import { registerPurgeAuditRoutes } from './api/harbor/purge-audit/purge-audit-routes.ts';
import { registerQuotaRoutes } from './api/harbor/quotas/quota-routes.ts';
import { registerRegistryRoutes } from './api/harbor/registries/registry-routes.ts';
import { registerReplicationRoutes } from './api/harbor/replication/replication-routes.ts';
import { registerRepositoryRoutes } from './api/harbor/repositories/repository-routes.ts';
import { registerRetentionRoutes } from './api/harbor/retentions/retention-routes.ts';
import { registerRobotRoutes } from './api/harbor/robots/robot-routes.ts';
import { registerScanAllRoutes } from './api/harbor/scan-all/scan-all-routes.ts';
import { registerScannerRoutes } from './api/harbor/scanners/scanner-routes.ts';
import { registerScanRoutes } from './api/harbor/scans/scan-routes.ts';
import { registerScheduleRoutes } from './api/harbor/schedules/schedule-routes.ts';
import { registerSearchRoutes } from './api/harbor/search/search-routes.ts';
import { registerSecurityHubRoutes } from './api/harbor/security-hub/security-hub-routes.ts';
import { registerStatisticsRoutes } from './api/harbor/statistics/statistics-routes.ts';
import { registerSystemInfoRoutes } from './api/harbor/system-info/system-info-routes.ts';
import { registerSystemOidcRoutes } from './api/harbor/system-oidc/system-oidc-routes.ts';
import { registerUsergroupRoutes } from './api/harbor/usergroups/usergroup-routes.ts';
import { registerUserRoutes } from './api/harbor/users/user-routes.ts';
import { registerWebhookRoutes } from './api/harbor/webhooks/webhook-routes.ts';
import { registerAccessRoutes } from './api/roadstead/access/access-routes.ts';
import { registerAccessTokenRoutes } from './api/roadstead/access-token-routes.ts';
import { registerAccountRoutes } from './api/roadstead/accounts/account-routes.ts';
import { registerDeviceLoginRoutes } from './api/roadstead/device-logins/device-login-routes.ts';
import { registerLoginProviderRoutes } from './api/roadstead/login-providers/login-provider-routes.ts';
import { registerNameRoutes } from './api/roadstead/name-routes.ts';
import { registerOpenIdConnectRoutes } from './api/roadstead/open-id-connect/open-id-connect-routes.ts';
import { registerPromotionRoutes } from './api/roadstead/promotion-routes.ts';
import { registerRoadsteadRoutes } from './api/roadstead/roadstead-routes.ts';
import { registerWorkloadRuleRoutes } from './api/roadstead/workload-rule-routes.ts';

/** What registers the routes of the management API, Harbor's and our own. */
export const MANAGEMENT_ROUTES = [
  registerApiPageRoutes,
  registerProjectRoutes,
  registerMetadataRoutes,
  registerMemberRoutes,
  registerUserRoutes,
  registerRepositoryRoutes,
  registerLabelRoutes,
  registerArtifactRoutes,
  registerIconRoutes,
  registerUsergroupRoutes,
  registerRobotRoutes,
  registerRegistryRoutes,
  registerReplicationRoutes,
  registerConfigurationRoutes,
  registerSystemOidcRoutes,
  registerSystemInfoRoutes,
  registerHealthRoutes,
  registerPingRoutes,
  registerLdapRoutes,
  registerLoginRoutes,
  registerOidcRoutes,
  registerAccountRoutes,
  registerAccessRoutes,
  registerAccessTokenRoutes,
  registerLoginProviderRoutes,
  registerOpenIdConnectRoutes,
  registerDeviceLoginRoutes,
  registerWorkloadRuleRoutes,
  registerNameRoutes,
  registerPromotionRoutes,
  registerImmutableRuleRoutes,
  registerQuotaRoutes,
  registerAuditLogOperations,
  registerSearchRoutes,
  registerStatisticsRoutes,
  registerRetentionRoutes,
  registerWebhookRoutes,
  registerGarbageCollectionRoutes,
  registerPurgeAuditRoutes,
  registerJobserviceRoutes,
  registerScheduleRoutes,
  registerCveAllowlistRoutes,
  registerCveExportRoutes,
  registerScannerRoutes,
  registerScanRoutes,
  registerScanAllRoutes,
  registerSecurityHubRoutes,
  registerProjectScannerRoutes,
  registerRoadsteadRoutes,
] as const;
