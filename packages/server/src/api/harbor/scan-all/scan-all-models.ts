import type Type from 'typebox';
import { Flag, Integer, mapOf, model, oneOf } from '../openapi/schemas.ts';

export const Stats = model('Stats', {
  total: Integer,
  completed: Integer,
  metrics: mapOf(Integer),
  ongoing: Flag,
  trigger: oneOf('Manual', 'Schedule', 'Event'),
});
export type Stats = Type.Static<typeof Stats>;
