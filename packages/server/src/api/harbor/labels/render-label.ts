import type { Label } from '../../../content/labels/label.ts';
import type * as models from '../openapi/shared-models.ts';

/** Harbor's Label. */
export function renderLabel(label: Label): models.Label {
  return {
    id: label.id,
    name: label.name,
    description: label.description,
    color: label.color,
    scope: label.projectId === undefined ? 'g' : 'p',
    project_id: label.projectId ?? 0,
    creation_time: new Date(label.createdAt).toISOString(),
    update_time: new Date(label.updatedAt).toISOString(),
  };
}
