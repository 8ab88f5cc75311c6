import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** Whose repositories may be shown: all, public ones, or those of some projects besides the public ones. */
export type Visibility = 'all' | 'public' | { readonly projectIds: readonly number[] };

/** The condition on a joined `projects` row that it is public or one of these. */
export function isVisible(projectIds: readonly number[]) {
  return ({
    or,
    eb,
  }: ExpressionBuilder<InstanceSchema, 'projects'>): ExpressionWrapper<InstanceSchema, 'projects', SqlBool> => {
    const isPublic = eb('projects.is_public', '=', 1);
    return projectIds.length === 0 ? isPublic : or([isPublic, eb('projects.id', 'in', [...projectIds])]);
  };
}
