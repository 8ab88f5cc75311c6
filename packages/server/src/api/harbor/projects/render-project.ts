import type { Principal } from '../../../kernel/principal.ts';
import type { Permissions } from '../../../projects/permissions.ts';
import type { ProjectDetails } from '../../../projects/project.ts';

/** Harbor's id of the role `projectAdmin`. */
const PROJECT_ADMIN_ROLE_ID = 1;

/** Harbor's Project. */
export function renderProject(
  project: ProjectDetails,
  principal: Principal,
  permissions: Pick<Permissions, 'canOnProject'>,
): Readonly<Record<string, unknown>> {
  const creationTime = new Date(project.createdAt).toISOString();
  const updateTime = new Date(project.updatedAt).toISOString();
  const isAdmin = permissions.canOnProject(principal, 'update', project);
  return {
    project_id: project.id,
    name: project.name,
    owner_id: project.ownerId,
    owner_name: project.ownerName ?? '',
    creation_time: creationTime,
    update_time: updateTime,
    deleted: false,
    repo_count: project.repositoryCount,
    metadata: { public: String(project.isPublic) },
    cve_allowlist: {
      id: project.id,
      project_id: project.id,
      items: [],
      creation_time: creationTime,
      update_time: updateTime,
    },
    ...(isAdmin ? { current_user_role_id: PROJECT_ADMIN_ROLE_ID, current_user_role_ids: [PROJECT_ADMIN_ROLE_ID] } : {}),
  };
}
