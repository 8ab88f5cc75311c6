import Type from 'typebox';
import { DateTime, Flag, Int64, Integer, mapOf, model, Text } from '../openapi/schemas.ts';

export const Metadata = model('Metadata', {
  id: Text,
  name: Text,
  icon: Text,
  maintainers: Type.Array(Text),
  version: Text,
  source: Text,
});
export type Metadata = Type.Static<typeof Metadata>;

export const Instance = model('Instance', {
  id: Integer,
  name: Text,
  description: Text,
  vendor: Text,
  endpoint: Text,
  auth_mode: Text,
  auth_info: mapOf(Text),
  status: Text,
  enabled: Flag,
  default: Flag,
  insecure: Flag,
  setup_timestamp: Int64,
});
export type Instance = Type.Static<typeof Instance>;

export const PreheatPolicy = model('PreheatPolicy', {
  id: Integer,
  name: Text,
  description: Text,
  project_id: Integer,
  provider_id: Integer,
  provider_name: Text,
  filters: Text,
  trigger: Text,
  enabled: Flag,
  extra_attrs: Text,
  creation_time: DateTime,
  update_time: DateTime,
});
export type PreheatPolicy = Type.Static<typeof PreheatPolicy>;

export const ProviderUnderProject = model('ProviderUnderProject', {
  id: Integer,
  provider: Text,
  enabled: Flag,
  default: Flag,
});
export type ProviderUnderProject = Type.Static<typeof ProviderUnderProject>;
