import type { ShownRegistry } from '../../../operations/registries/registries.ts';
import type { RegistryCapabilities } from '../../../operations/registries/registry-capabilities.ts';
import type { RegistryKind } from '../../../operations/registries/registry-kinds.ts';
import type { Registry } from '../openapi/shared-models.ts';
import type { RegistryInfo, RegistryProviderInfo } from './registries-models.ts';

/** What stands where a secret is. */
export const MASKED_SECRET = '*****';

export function renderRegistry(registry: ShownRegistry): Registry {
  const { id, name, kind, url, description, accessKey, hasSecret, isInsecure, caCertificate, status } = registry;
  const hasCredential = accessKey !== '' || hasSecret;
  return {
    id,
    name,
    type: kind,
    url,
    description,
    insecure: isInsecure,
    status,
    ...(caCertificate !== '' && { ca_certificate: caCertificate }),
    ...(hasCredential && {
      credential: { type: 'basic', access_key: accessKey, ...(hasSecret && { access_secret: MASKED_SECRET }) },
    }),
    creation_time: new Date(registry.createdAt).toISOString(),
    update_time: new Date(registry.updatedAt).toISOString(),
  };
}

export function renderCapabilities({ kind, filters, triggers, copiesByChunk }: RegistryCapabilities): RegistryInfo {
  return {
    type: kind,
    description: '',
    supported_resource_filters: filters.map(({ type, style, values }) => ({ type, style, values: [...values] })),
    supported_triggers: [...triggers],
    supported_copy_by_chunk: copiesByChunk,
  };
}

/** What a form can offer before somebody types; undefined when it is nothing. */
export function renderProviderInfo(kind: RegistryKind): RegistryProviderInfo | undefined {
  const { endpoints, hasFixedEndpoint = false, fixedAccessKey } = kind;
  if (endpoints === undefined && fixedAccessKey === undefined) return undefined;
  return {
    ...(endpoints !== undefined && {
      endpoint_pattern: {
        endpoint_type: hasFixedEndpoint ? 'EndpointPatternTypeFix' : 'EndpointPatternTypeList',
        endpoints: endpoints.map((endpoint) => ({ ...endpoint })),
      },
    }),
    ...(fixedAccessKey !== undefined && {
      credential_pattern: {
        access_key_type: 'AccessKeyTypeFix',
        access_key_data: fixedAccessKey,
        access_secret_type: 'AccessSecretTypeFile',
        access_secret_data: 'No Change',
      },
    }),
  };
}
