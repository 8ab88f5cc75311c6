import { readPermissionFields } from '../../../http/permission-fields.ts';
import { readFlag, readInteger, readObject, readText } from '../../../http/request-fields.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { RobotChange, RobotLevel, RobotRequest } from '../../../projects/robots/robot-accounts.ts';

const MAX_NAME_LENGTH = 1_000;
const MAX_DESCRIPTION_LENGTH = 1_024;
/** Above what a secret may be, so that the rule is what refuses it. */
const MAX_SECRET_LENGTH = 1_024;

/** Fields that clients send along and nobody takes (id, owner, times …) have no effect. @throws ProductError */
export function readRobotRequest(value: unknown, actor: Actor): RobotRequest {
  const body = readObject('the body', value);
  return {
    name: readText('name', body['name'], MAX_NAME_LENGTH) ?? '',
    level: readLevel(readText('level', body['level'], MAX_NAME_LENGTH)),
    description: readText('description', body['description'], MAX_DESCRIPTION_LENGTH) ?? '',
    durationDays: readInteger('duration', body['duration']),
    isDisabled: readFlag('disable', body['disable']) ?? false,
    permissions: readPermissionFields(body['permissions']) ?? [],
    secret: readSecret(body['secret']),
    actor,
  };
}

/** @throws ProductError */
export function readRobotChange(value: unknown, id: number, actor: Actor): RobotChange {
  const body = readObject('the body', value);
  return {
    id,
    name: readText('name', body['name'], MAX_NAME_LENGTH) || undefined,
    level: readText('level', body['level'], MAX_NAME_LENGTH) || undefined,
    permissions: readPermissionFields(body['permissions']) ?? [],
    description: readText('description', body['description'], MAX_DESCRIPTION_LENGTH),
    durationDays: readInteger('duration', body['duration']),
    isDisabled: readFlag('disable', body['disable']),
    actor,
  };
}

/** @returns the secret, undefined for one to be made, and how long the old one works too; @throws ProductError */
export function readSecretRequest(value: unknown): {
  readonly secret: string | undefined;
  readonly overlapSeconds: number;
} {
  const body = value === undefined ? {} : readObject('the body', value);
  return {
    secret: readSecret(body['secret']),
    overlapSeconds: readInteger('overlap_seconds', body['overlap_seconds']) ?? 0,
  };
}

function readSecret(value: unknown): string | undefined {
  return readText('secret', value, MAX_SECRET_LENGTH) || undefined;
}

function readLevel(text: string | undefined): RobotLevel {
  if (text === 'system' || text === 'project') return text;
  throw new ProductError('BAD_REQUEST', 'level is system or project');
}
