import Type from 'typebox';
import { DateTime, Flag, model, Text } from '../openapi/schemas.ts';

export const Storage = model('Storage', {
  total: Type.Integer({ format: 'uint64' }),
  free: Type.Integer({ format: 'uint64' }),
});
export type Storage = Type.Static<typeof Storage>;

export const AuthproxySetting = model('AuthproxySetting', {
  endpoint: Text,
  tokenreivew_endpoint: Text,
  skip_search: Flag,
  verify_cert: Flag,
  server_certificate: Text,
});
export type AuthproxySetting = Type.Static<typeof AuthproxySetting>;

export const GeneralInfo = model('GeneralInfo', {
  banner_message: Text,
  current_time: DateTime,
  registry_url: Text,
  external_url: Text,
  auth_mode: Text,
  primary_auth_mode: Flag,
  project_creation_restriction: Text,
  self_registration: Flag,
  has_ca_root: Flag,
  harbor_version: Text,
  registry_storage_provider_name: Text,
  read_only: Flag,
  notification_enable: Flag,
  authproxy_settings: AuthproxySetting,
  oidc_provider_name: Text,
});
export type GeneralInfo = Type.Static<typeof GeneralInfo>;

export const SystemInfo = model('SystemInfo', { storage: Type.Array(Storage) });
export type SystemInfo = Type.Static<typeof SystemInfo>;
