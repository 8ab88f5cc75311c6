import type { ProjectDetails } from '../../../projects/project.ts';

/**
 * Harbor's Project.
 * @param roleIds the caller's roles in it, the highest first
 */
export function renderProject(project: ProjectDetails, roleIds: readonly number[]): Readonly<Record<string, unknown>> {
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
    // Clients that know Harbor's keys alone find no other one in projects that Harbor could have.
    metadata: { public: String(project.isPublic), ...(project.isInternal && { visibility: 'internal' }) },
    cve_allowlist: {
      id: project.id,
      project_id: project.id,
      items: [],
      creation_time: creationTime,
      update_time: updateTime,
    },
    ...(highest === undefined ? {} : { current_user_role_id: highest, current_user_role_ids: roleIds }),
  };
}
