import type { ShownMetadata } from '../../../projects/metadata/metadata-keys.ts';
import type { ProjectDetails } from '../../../projects/project.ts';
import type { Project, ProjectMetadata } from '../openapi/shared-models.ts';

/**
 * Harbor's Project.
 * @param roleIds the caller's roles in it, the highest first
 */
export function renderProject(project: ProjectDetails, metadata: ShownMetadata, roleIds: readonly number[]): Project {
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
    cve_allowlist: {
      id: project.id,
      project_id: project.id,
      items: [],
      creation_time: creationTime,
      update_time: updateTime,
    },
    ...(highest === undefined ? {} : { current_user_role_id: highest, current_user_role_ids: [...roleIds] }),
  };
}

/** Clients that know Harbor's keys alone find no other one in projects that Harbor could have. */
export function renderMetadata(project: ProjectDetails, metadata: ShownMetadata): ProjectMetadata {
  return { public: String(project.isPublic), ...metadata, ...(project.isInternal && { visibility: 'internal' }) };
}
