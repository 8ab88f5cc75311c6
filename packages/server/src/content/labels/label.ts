import type { Selectable } from 'kysely';
import type { LabelRow } from '../../db/instance/project-rows.ts';
import { ProductError } from '../../kernel/errors.ts';

/** A word that artifacts are marked with. */
export interface Label extends LabelSettings {
  readonly id: number;
  /** Undefined: it is of the registry as a whole. */
  readonly projectId: number | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface LabelSettings {
  readonly name: string;
  readonly description: string;
  /** `#rrggbb`, or empty. */
  readonly color: string;
}

const MAX_NAME_LENGTH = 128;
const MAX_DESCRIPTION_LENGTH = 1_024;
const COLOR = /^#[0-9A-Fa-f]{6}$/;

/** @throws ProductError BAD_REQUEST */
export function readLabelSettings({ name, description, color }: Partial<LabelSettings>): LabelSettings {
  if (name === undefined || name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    throw new ProductError('BAD_REQUEST', `a label has a name of 1 to ${MAX_NAME_LENGTH} characters`);
  }
  if ((description ?? '').length > MAX_DESCRIPTION_LENGTH) {
    throw new ProductError(
      'BAD_REQUEST',
      `the description of a label has at most ${MAX_DESCRIPTION_LENGTH} characters`,
    );
  }
  if ((color ?? '') !== '' && !COLOR.test(color ?? '')) {
    throw new ProductError('BAD_REQUEST', 'the color of a label is written like #0072A3, or empty');
  }
  return { name, description: description ?? '', color: color ?? '' };
}

export function toLabel(row: Selectable<LabelRow>): Label {
  return {
    id: row.id,
    projectId: row.project_id ?? undefined,
    name: row.name,
    description: row.description,
    color: row.color,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Names are unique in a scope: a project's id, or this. */
export const GLOBAL_SCOPE = 0;
