import type Type from 'typebox';
import { model, Text } from '../openapi/schemas.ts';

export const Icon = model('Icon', { 'content-type': Text, content: Text });
export type Icon = Type.Static<typeof Icon>;
