import type Type from 'typebox';
import { Integer, model, Text } from '../openapi/schemas.ts';

export const UserGroupSearchItem = model('UserGroupSearchItem', { id: Integer, group_name: Text, group_type: Integer });
export type UserGroupSearchItem = Type.Static<typeof UserGroupSearchItem>;
