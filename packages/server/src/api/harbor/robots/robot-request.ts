import { readPermissionFields } from '../../../http/permission-fields.ts';
import { readText } from '../../../http/request-fields.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { RobotChange, RobotLevel, RobotRequest } from '../../../projects/robots/robot-accounts.ts';
import type { Robot, RobotCreate, RobotSecRequest } from './robots-models.ts';

const MAX_DESCRIPTION_LENGTH = 1_024;

/** Fields that clients send along and nobody takes (id, owner, times …) have no effect. @throws ProductError */
export function readRobotRequest(body: RobotCreate, actor: Actor): RobotRequest {
  return {
    name: body.name ?? '',
    level: readLevel(body.level),
    description: readDescription(body) ?? '',
    durationDays: body.duration,
    isDisabled: body.disable ?? false,
    permissions: readPermissionFields(body.permissions) ?? [],
    secret: body.secret || undefined,
    actor,
  };
}

/** @throws ProductError */
export function readRobotChange(body: Robot, id: number, actor: Actor): RobotChange {
  return {
    id,
    name: body.name || undefined,
    level: body.level || undefined,
    permissions: readPermissionFields(body.permissions) ?? [],
    description: readDescription(body),
    durationDays: body.duration,
    isDisabled: body.disable,
    actor,
  };
}

/** @returns the secret, undefined for one to be made, and how long the old one works too */
export function readSecretRequest({ secret, overlap_seconds: overlapSeconds = 0 }: RobotSecRequest): {
  readonly secret: string | undefined;
  readonly overlapSeconds: number;
} {
  return { secret: secret || undefined, overlapSeconds };
}

function readDescription({ description }: { readonly description?: string }): string | undefined {
  return readText('description', description, MAX_DESCRIPTION_LENGTH);
}

function readLevel(text: string | undefined): RobotLevel {
  if (text === 'system' || text === 'project') return text;
  throw new ProductError('BAD_REQUEST', 'level is system or project');
}
