import Type from 'typebox';
import { AnyObject, Flag, Integer, mapOf, model, Text } from '../openapi/schemas.ts';

export const ImmutableSelector = model('ImmutableSelector', {
  kind: Text,
  decoration: Text,
  pattern: Text,
  extras: Text,
});
export type ImmutableSelector = Type.Static<typeof ImmutableSelector>;

export const ImmutableRule = model('ImmutableRule', {
  id: Integer,
  priority: Integer,
  disabled: Flag,
  action: Text,
  template: Text,
  params: AnyObject,
  tag_selectors: Type.Array(ImmutableSelector),
  scope_selectors: mapOf(Type.Array(ImmutableSelector)),
});
export type ImmutableRule = Type.Static<typeof ImmutableRule>;
