import Type from 'typebox';
import { Flag, Int64, Integer, model, Text } from '../openapi/schemas.ts';
import { CVEAllowlist, ProjectMetadata, Registry, ResourceList } from '../openapi/shared-models.ts';

export const ProjectReq = model('ProjectReq', {
  project_name: Type.String({ maxLength: 255 }),
  public: Flag,
  metadata: ProjectMetadata,
  cve_allowlist: CVEAllowlist,
  storage_limit: Int64,
  registry_id: Int64,
});
export type ProjectReq = Type.Static<typeof ProjectReq>;

export const ProjectDeletable = model('ProjectDeletable', { deletable: Flag, message: Text });
export type ProjectDeletable = Type.Static<typeof ProjectDeletable>;

export const ProjectSummaryQuota = model('ProjectSummaryQuota', { hard: ResourceList, used: ResourceList });
export type ProjectSummaryQuota = Type.Static<typeof ProjectSummaryQuota>;

export const ProjectSummary = model('ProjectSummary', {
  repo_count: Integer,
  project_admin_count: Integer,
  maintainer_count: Integer,
  developer_count: Integer,
  guest_count: Integer,
  limited_guest_count: Integer,
  quota: ProjectSummaryQuota,
  registry: Registry,
});
export type ProjectSummary = Type.Static<typeof ProjectSummary>;

export const ProjectScanner = model('ProjectScanner', { uuid: Text }, ['uuid']);
export type ProjectScanner = Type.Static<typeof ProjectScanner>;
