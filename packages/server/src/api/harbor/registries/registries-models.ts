import Type from 'typebox';
import { Flag, Int64, model, Text } from '../openapi/schemas.ts';

export const RegistryUpdate = model('RegistryUpdate', {
  name: Text,
  description: Text,
  url: Text,
  credential_type: Text,
  access_key: Text,
  access_secret: Text,
  insecure: Flag,
  ca_certificate: Text,
});
export type RegistryUpdate = Type.Static<typeof RegistryUpdate>;

export const RegistryPing = model('RegistryPing', {
  id: Int64,
  type: Text,
  url: Text,
  credential_type: Text,
  access_key: Text,
  access_secret: Text,
  insecure: Flag,
  ca_certificate: Text,
});
export type RegistryPing = Type.Static<typeof RegistryPing>;

export const FilterStyle = model('FilterStyle', { type: Text, style: Text, values: Type.Array(Text) });
export type FilterStyle = Type.Static<typeof FilterStyle>;

export const RegistryInfo = model('RegistryInfo', {
  type: Text,
  description: Text,
  supported_resource_filters: Type.Array(FilterStyle),
  supported_triggers: Type.Array(Text),
  supported_copy_by_chunk: Flag,
});
export type RegistryInfo = Type.Static<typeof RegistryInfo>;

export const RegistryEndpoint = model('RegistryEndpoint', { key: Text, value: Text });
export type RegistryEndpoint = Type.Static<typeof RegistryEndpoint>;

export const RegistryProviderEndpointPattern = model('RegistryProviderEndpointPattern', {
  endpoint_type: Text,
  endpoints: Type.Array(RegistryEndpoint),
});
export type RegistryProviderEndpointPattern = Type.Static<typeof RegistryProviderEndpointPattern>;

export const RegistryProviderCredentialPattern = model('RegistryProviderCredentialPattern', {
  access_key_type: Text,
  access_key_data: Text,
  access_secret_type: Text,
  access_secret_data: Text,
});
export type RegistryProviderCredentialPattern = Type.Static<typeof RegistryProviderCredentialPattern>;

export const RegistryProviderInfo = model('RegistryProviderInfo', {
  endpoint_pattern: RegistryProviderEndpointPattern,
  credential_pattern: RegistryProviderCredentialPattern,
});
export type RegistryProviderInfo = Type.Static<typeof RegistryProviderInfo>;
