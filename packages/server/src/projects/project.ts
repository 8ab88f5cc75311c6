import { MAX_NAME_SEGMENT_LENGTH } from '@roadstead/oci';
import { ProductError } from '../kernel/errors.ts';

/** What repositories belong to, and what rights are given on. */
export interface Project {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  /** Everybody who is signed in may pull. */
  readonly isInternal: boolean;
  /** The user who made it; 0 for the system. */
  readonly ownerId: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Who may read a project without a role in it: nobody, everybody who is signed in, or everybody. */
export const PROJECT_VISIBILITIES = ['private', 'internal', 'public'] as const;
export type ProjectVisibility = (typeof PROJECT_VISIBILITIES)[number];

export function visibilityOf({ isPublic, isInternal }: Pick<Project, 'isPublic' | 'isInternal'>): ProjectVisibility {
  if (isPublic) return 'public';
  return isInternal ? 'internal' : 'private';
}

export interface ProjectDetails extends Project {
  /** Undefined when the owner is gone, or was never a user. */
  readonly ownerName: string | undefined;
  readonly repositoryCount: number;
}

/** A repository's name has its project's name as one segment, and segments end there. */
const MAX_LENGTH = MAX_NAME_SEGMENT_LENGTH;
const FORM = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export function isProjectName(text: string): boolean {
  return text.length <= MAX_LENGTH && FORM.test(text);
}

/** @throws ProductError BAD_REQUEST with the rule. */
export function assertProjectName(text: string): void {
  if (isProjectName(text)) return;
  throw new ProductError(
    'BAD_REQUEST',
    `a project name has 1 to ${MAX_LENGTH} characters: lower-case letters and digits, with single dots, dashes or underscores between them`,
  );
}

/** The row of a project, as every query here selects it. */
export interface SelectedProject {
  readonly id: number;
  readonly name: string;
  readonly is_public: number;
  readonly is_internal: number;
  readonly owner_id: number;
  readonly created_at: number;
  readonly updated_at: number;
}

export const PROJECT_COLUMNS = [
  'id',
  'name',
  'is_public',
  'is_internal',
  'owner_id',
  'created_at',
  'updated_at',
] as const;

export function toProject(row: SelectedProject): Project {
  return {
    id: row.id,
    name: row.name,
    isPublic: row.is_public !== 0,
    isInternal: row.is_internal !== 0,
    ownerId: row.owner_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
