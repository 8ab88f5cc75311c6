import type { ProjectCveAllowlist } from '../../../projects/cve-allowlist/project-cve-allowlists.ts';
import type { ShownMetadata } from '../../../projects/metadata/metadata-keys.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import type { CVEAllowlist, Project, ProjectMetadata } from '../openapi/shared-models.ts';

/** What a project says of itself. */
export interface ShownDetails {
  readonly metadata: ShownMetadata;
  /** undefined: none was ever set */
  readonly allowlist: ProjectCveAllowlist | undefined;
}

/**
 * Harbor's Project.
 * @param roleIds the caller's roles in it, the highest first
 */
export function renderProject(
  project: ProjectDetails,
  { metadata, allowlist }: ShownDetails,
  roleIds: readonly number[],
): Project {
  const creationTime = new Date(project.createdAt).toISOString();
  const updateTime = new Date(project.updatedAt).toISOString();
  const [highest] = roleIds;
  return {
    project_id: project.id,
    name: project.name,
    owner_id: project.ownerId,
    owner_name: project.ownerName ?? '',
    creation_time: creationTime,
    update_time: updateTime,
    deleted: false,
    repo_count: project.repositoryCount,
    metadata: renderMetadata(project, metadata),
    cve_allowlist: renderAllowlist(project, allowlist),
    ...(highest === undefined ? {} : { current_user_role_id: highest, current_user_role_ids: [...roleIds] }),
  };
}

function renderAllowlist(
  { id, createdAt: madeAt }: ProjectDetails,
  allowlist: ProjectCveAllowlist | undefined,
): CVEAllowlist {
  const { cveIds = [], expiresAtSeconds, createdAt = madeAt, updatedAt = madeAt } = allowlist ?? {};
  return {
    id,
    project_id: id,
    ...(expiresAtSeconds !== undefined && { expires_at: expiresAtSeconds }),
    items: cveIds.map((cve_id) => ({ cve_id })),
    creation_time: new Date(createdAt).toISOString(),
    update_time: new Date(updatedAt).toISOString(),
  };
}

/** Clients that know Harbor's keys alone find no other one in projects that Harbor could have. */
export function renderMetadata(project: ProjectDetails, metadata: ShownMetadata): ProjectMetadata {
  return { public: String(project.isPublic), ...metadata, ...(project.isInternal && { visibility: 'internal' }) };
}
