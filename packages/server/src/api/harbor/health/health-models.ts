import Type from 'typebox';
import { model, Text } from '../openapi/schemas.ts';

export const ComponentHealthStatus = model('ComponentHealthStatus', { name: Text, status: Text, error: Text });
export type ComponentHealthStatus = Type.Static<typeof ComponentHealthStatus>;

export const OverallHealthStatus = model('OverallHealthStatus', {
  status: Text,
  components: Type.Array(ComponentHealthStatus),
});
export type OverallHealthStatus = Type.Static<typeof OverallHealthStatus>;
