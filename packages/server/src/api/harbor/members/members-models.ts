import Type from 'typebox';
import { Integer, model, Text } from '../openapi/schemas.ts';
import { UserGroup } from '../openapi/shared-models.ts';

/** Ours: a membership may be of some repositories only. */
const REPOSITORIES = Type.String({
  maxLength: 255,
  description: 'A pattern of the repositories in which the role is held (`app/*`); empty for the whole project.',
});

export const ProjectMemberEntity = model('ProjectMemberEntity', {
  id: Integer,
  project_id: Integer,
  entity_name: Text,
  role_name: Text,
  role_id: Integer,
  entity_id: Integer,
  entity_type: Text,
  repositories: REPOSITORIES,
});
export type ProjectMemberEntity = Type.Static<typeof ProjectMemberEntity>;

export const UserEntity = model('UserEntity', { user_id: Integer, username: Text });
export type UserEntity = Type.Static<typeof UserEntity>;

export const ProjectMember = model('ProjectMember', {
  role_id: Integer,
  member_user: UserEntity,
  member_group: UserGroup,
  repositories: REPOSITORIES,
});
export type ProjectMember = Type.Static<typeof ProjectMember>;

export const RoleRequest = model('RoleRequest', { role_id: Integer, repositories: REPOSITORIES });
export type RoleRequest = Type.Static<typeof RoleRequest>;
