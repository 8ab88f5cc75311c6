import Type from 'typebox';
import { DateTime, Flag, Int64, Integer, model, Text } from '../openapi/schemas.ts';

export const Access = model('Access', { resource: Text, action: Text, effect: Text });
export type Access = Type.Static<typeof Access>;

export const RobotPermission = model('RobotPermission', { kind: Text, namespace: Text, access: Type.Array(Access) });
export type RobotPermission = Type.Static<typeof RobotPermission>;

export const Robot = model('Robot', {
  id: Int64,
  name: Text,
  description: Text,
  secret: Text,
  level: Text,
  duration: Int64,
  editable: Flag,
  disable: Flag,
  expires_at: Int64,
  permissions: Type.Array(RobotPermission),
  creator_type: Text,
  creator_ref: Integer,
  creation_time: DateTime,
  update_time: DateTime,
});
export type Robot = Type.Static<typeof Robot>;

export const RobotCreate = model('RobotCreate', {
  name: Text,
  description: Text,
  secret: Text,
  level: Text,
  disable: Flag,
  duration: Int64,
  permissions: Type.Array(RobotPermission),
});
export type RobotCreate = Type.Static<typeof RobotCreate>;

export const RobotCreated = model('RobotCreated', {
  id: Int64,
  name: Text,
  secret: Text,
  creation_time: DateTime,
  expires_at: Int64,
});
export type RobotCreated = Type.Static<typeof RobotCreated>;

export const RobotSec = model('RobotSec', { secret: Text });
export type RobotSec = Type.Static<typeof RobotSec>;

export const RobotSecRequest = model('RobotSecRequest', {
  secret: Type.String({ description: 'The new secret; without one, one is made.' }),
  overlap_seconds: Type.Integer({ description: 'How long the old secret works too, in seconds. Default: not at all.' }),
});
export type RobotSecRequest = Type.Static<typeof RobotSecRequest>;
