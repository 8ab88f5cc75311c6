import type Type from 'typebox';
import { model, Text } from '../openapi/schemas.ts';

export const NewTag = model('NewTag', { name: Text }, ['name']);
export type NewTag = Type.Static<typeof NewTag>;
