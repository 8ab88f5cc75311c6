/** The resources of Terraform's provider for Harbor, in the order of the third table. */
export const terraformResources = [
  'harbor_project',
  'harbor_project (CVE allowlist)',
  'harbor_project_member_user',
  'harbor_project_member_group',
  'harbor_robot_account (system)',
  'harbor_robot_account (project)',
  'harbor_registry',
  'harbor_replication',
  'harbor_retention_policy',
  'harbor_immutable_tag_rule',
  'harbor_label',
  'harbor_project_webhook',
  'harbor_user',
  'harbor_group',
  'harbor_config_auth',
  'harbor_config_system',
  'harbor_config_security',
  'harbor_config_email',
  'harbor_garbage_collection',
  'harbor_purge_audit_log',
  'harbor_interrogation_services',
  'harbor_tasks',
  'harbor_preheat_instance',
  'data sources',
] as const;

export type TerraformResource = (typeof terraformResources)[number];

/**
 * Those whose operations are being built: such a cell is left out while the server says that it does not have them, and each other
 * resource fails then.
 */
export const waitingResources: readonly TerraformResource[] = ['harbor_preheat_instance'];
