import Type from 'typebox';
import { model } from '../openapi/schemas.ts';
import { Permission } from '../openapi/shared-models.ts';

export const Permissions = model('Permissions', { system: Type.Array(Permission), project: Type.Array(Permission) });
export type Permissions = Type.Static<typeof Permissions>;
