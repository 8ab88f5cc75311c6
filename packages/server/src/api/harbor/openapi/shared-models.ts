import Type from 'typebox';
import { AnyObject, DateTime, Flag, Int32, Int64, Integer, mapOf, model, named, oneOf, Text } from './schemas.ts';

export const ExtraAttrs = named('ExtraAttrs', AnyObject);
export type ExtraAttrs = Type.Static<typeof ExtraAttrs>;

export const Annotations = named('Annotations', mapOf(Text));
export type Annotations = Type.Static<typeof Annotations>;

export const Platform = model('Platform', {
  architecture: Text,
  os: Text,
  "'os.version'": Text,
  "'os.features'": Type.Array(Text),
  variant: Text,
});
export type Platform = Type.Static<typeof Platform>;

export const Reference = model('Reference', {
  parent_id: Int64,
  child_id: Int64,
  child_digest: Text,
  platform: Platform,
  annotations: Annotations,
  urls: Type.Array(Text),
});
export type Reference = Type.Static<typeof Reference>;

export const Tag = model('Tag', {
  id: Int64,
  repository_id: Int64,
  artifact_id: Int64,
  name: Text,
  push_time: DateTime,
  pull_time: DateTime,
  immutable: Flag,
});
export type Tag = Type.Static<typeof Tag>;

export const AdditionLink = model('AdditionLink', { href: Text, absolute: Flag });
export type AdditionLink = Type.Static<typeof AdditionLink>;

export const AdditionLinks = named('AdditionLinks', mapOf(AdditionLink));
export type AdditionLinks = Type.Static<typeof AdditionLinks>;

export const Label = model('Label', {
  id: Int64,
  name: Text,
  description: Text,
  color: Text,
  scope: Text,
  project_id: Int64,
  creation_time: DateTime,
  update_time: DateTime,
});
export type Label = Type.Static<typeof Label>;

export const VulnerabilitySummary = model('VulnerabilitySummary', {
  total: Integer,
  fixable: Integer,
  summary: mapOf(Integer),
});
export type VulnerabilitySummary = Type.Static<typeof VulnerabilitySummary>;

export const Scanner = model('Scanner', { name: Text, vendor: Text, version: Text });
export type Scanner = Type.Static<typeof Scanner>;

export const NativeReportSummary = model('NativeReportSummary', {
  report_id: Text,
  scan_status: Text,
  severity: Text,
  duration: Int64,
  summary: VulnerabilitySummary,
  start_time: DateTime,
  end_time: DateTime,
  complete_percent: Integer,
  scanner: Scanner,
});
export type NativeReportSummary = Type.Static<typeof NativeReportSummary>;

export const ScanOverview = named('ScanOverview', mapOf(NativeReportSummary));
export type ScanOverview = Type.Static<typeof ScanOverview>;

export const SBOMOverview = model('SBOMOverview', {
  start_time: DateTime,
  end_time: DateTime,
  scan_status: Text,
  sbom_digest: Text,
  report_id: Text,
  duration: Int64,
  scanner: Scanner,
});
export type SBOMOverview = Type.Static<typeof SBOMOverview>;

export const Accessory = model('Accessory', {
  id: Int64,
  artifact_id: Int64,
  subject_artifact_id: Int64,
  subject_artifact_digest: Text,
  subject_artifact_repo: Text,
  size: Int64,
  digest: Text,
  type: Text,
  icon: Text,
  creation_time: DateTime,
});
export type Accessory = Type.Static<typeof Accessory>;

export const Artifact = model('Artifact', {
  id: Int64,
  type: Text,
  media_type: Text,
  manifest_media_type: Text,
  artifact_type: Text,
  project_id: Int64,
  repository_id: Int64,
  repository_name: Text,
  digest: Text,
  size: Int64,
  icon: Text,
  push_time: DateTime,
  pull_time: DateTime,
  extra_attrs: ExtraAttrs,
  annotations: Annotations,
  references: Type.Array(Reference),
  tags: Type.Array(Tag),
  addition_links: AdditionLinks,
  labels: Type.Array(Label),
  scan_overview: ScanOverview,
  sbom_overview: SBOMOverview,
  accessories: Type.Array(Accessory),
});
export type Artifact = Type.Static<typeof Artifact>;

export const AuditLog = model('AuditLog', {
  id: Integer,
  username: Text,
  resource: Text,
  resource_type: Text,
  operation: Text,
  op_time: DateTime,
});
export type AuditLog = Type.Static<typeof AuditLog>;

export const AuditLogExt = model('AuditLogExt', {
  id: Integer,
  username: Text,
  resource: Text,
  resource_type: Text,
  operation: Text,
  operation_description: Text,
  operation_result: Flag,
  op_time: DateTime,
});
export type AuditLogExt = Type.Static<typeof AuditLogExt>;

export const Metrics = model('Metrics', {
  task_count: Integer,
  success_task_count: Integer,
  error_task_count: Integer,
  pending_task_count: Integer,
  running_task_count: Integer,
  scheduled_task_count: Integer,
  stopped_task_count: Integer,
});
export type Metrics = Type.Static<typeof Metrics>;

export const Execution = model('Execution', {
  id: Integer,
  vendor_type: Text,
  vendor_id: Integer,
  status: Text,
  status_message: Text,
  metrics: Metrics,
  trigger: Text,
  extra_attrs: ExtraAttrs,
  start_time: Text,
  end_time: Text,
});
export type Execution = Type.Static<typeof Execution>;

export const Task = model('Task', {
  id: Integer,
  execution_id: Integer,
  status: Text,
  status_message: Text,
  run_count: Int32,
  extra_attrs: ExtraAttrs,
  creation_time: Text,
  update_time: Text,
  start_time: Text,
  end_time: Text,
});
export type Task = Type.Static<typeof Task>;

export const ProjectMetadata = model('ProjectMetadata', {
  public: Text,
  enable_content_trust: Text,
  enable_content_trust_cosign: Text,
  prevent_vul: Text,
  severity: Text,
  auto_scan: Text,
  auto_sbom_generation: Text,
  reuse_sys_cve_allowlist: Text,
  retention_id: Text,
  proxy_speed_kb: Text,
  max_upstream_conn: Text,
  visibility: Text,
});
export type ProjectMetadata = Type.Static<typeof ProjectMetadata>;

export const CVEAllowlistItem = model('CVEAllowlistItem', { cve_id: Text });
export type CVEAllowlistItem = Type.Static<typeof CVEAllowlistItem>;

export const CVEAllowlist = model('CVEAllowlist', {
  id: Integer,
  project_id: Integer,
  expires_at: Integer,
  items: Type.Array(CVEAllowlistItem),
  creation_time: DateTime,
  update_time: DateTime,
});
export type CVEAllowlist = Type.Static<typeof CVEAllowlist>;

export const Project = model('Project', {
  project_id: Int32,
  owner_id: Int32,
  name: Text,
  registry_id: Int64,
  creation_time: DateTime,
  update_time: DateTime,
  deleted: Flag,
  owner_name: Text,
  togglable: Flag,
  current_user_role_id: Integer,
  current_user_role_ids: Type.Array(Int32),
  repo_count: Integer,
  metadata: ProjectMetadata,
  cve_allowlist: CVEAllowlist,
});
export type Project = Type.Static<typeof Project>;

export const RegistryCredential = model('RegistryCredential', { type: Text, access_key: Text, access_secret: Text });
export type RegistryCredential = Type.Static<typeof RegistryCredential>;

export const Registry = model('Registry', {
  id: Int64,
  url: Text,
  name: Text,
  credential: RegistryCredential,
  type: Text,
  insecure: Flag,
  ca_certificate: Text,
  description: Text,
  status: Text,
  creation_time: DateTime,
  update_time: DateTime,
});
export type Registry = Type.Static<typeof Registry>;

export const ResourceList = named('ResourceList', mapOf(Int64));
export type ResourceList = Type.Static<typeof ResourceList>;

export const ScheduleObj = model('ScheduleObj', {
  type: oneOf('Hourly', 'Daily', 'Weekly', 'Custom', 'Manual', 'None', 'Schedule'),
  cron: Text,
  next_scheduled_time: DateTime,
});
export type ScheduleObj = Type.Static<typeof ScheduleObj>;

export const Schedule = model('Schedule', {
  id: Type.Integer({ readOnly: true }),
  status: Type.String({ readOnly: true }),
  creation_time: DateTime,
  update_time: DateTime,
  schedule: ScheduleObj,
  parameters: AnyObject,
});
export type Schedule = Type.Static<typeof Schedule>;

export const ScannerRegistration = model('ScannerRegistration', {
  uuid: Text,
  name: Text,
  description: Text,
  url: Type.String({ format: 'uri' }),
  disabled: Type.Boolean({ default: false }),
  is_default: Type.Boolean({ default: false }),
  auth: Type.String({ default: '' }),
  access_credential: Text,
  skip_certVerify: Type.Boolean({ default: false }),
  use_internal_addr: Type.Boolean({ default: false }),
  create_time: DateTime,
  update_time: DateTime,
  adapter: Text,
  vendor: Text,
  version: Text,
  health: Type.String({ default: '' }),
  capabilities: AnyObject,
});
export type ScannerRegistration = Type.Static<typeof ScannerRegistration>;

export const UserGroup = model('UserGroup', {
  id: Integer,
  group_name: Text,
  group_type: Integer,
  ldap_group_dn: Text,
});
export type UserGroup = Type.Static<typeof UserGroup>;

export const Permission = model('Permission', { resource: Text, action: Text });
export type Permission = Type.Static<typeof Permission>;
