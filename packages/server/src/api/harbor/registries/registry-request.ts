import { ProductError } from '../../../kernel/errors.ts';
import type { RegistryChange } from '../../../operations/registries/registries.ts';
import type { RegistrySettings } from '../../../operations/registries/remote-registry.ts';
import type { Registry } from '../openapi/shared-models.ts';
import type { RegistryPing, RegistryUpdate } from './registries-models.ts';
import { MASKED_SECRET } from './render-registry.ts';

export interface WantedRegistry {
  readonly settings: RegistrySettings;
  readonly accessSecret: string | undefined;
}

/** @throws ProductError BAD_REQUEST for credentials that are no name and password */
export function readRegistry(body: Registry): WantedRegistry {
  const { credential } = body;
  assertBasic(credential?.type);
  return {
    settings: {
      name: body.name ?? '',
      kind: body.type ?? '',
      url: body.url ?? '',
      description: body.description ?? '',
      accessKey: credential?.access_key ?? '',
      isInsecure: body.insecure ?? false,
      caCertificate: body.ca_certificate ?? '',
    },
    accessSecret: credential?.access_secret || undefined,
  };
}

/** What is absent stays; so does a secret that comes back as it was shown. @throws ProductError BAD_REQUEST */
export function readRegistryChange(body: RegistryUpdate): RegistryChange {
  return {
    ...readAddressChange(body),
    ...(body.name !== undefined && { name: body.name }),
    ...(body.description !== undefined && { description: body.description }),
  };
}

export function readPing(body: RegistryPing): RegistryChange {
  return { ...readAddressChange(body), ...(body.type !== undefined && { kind: body.type }) };
}

function readAddressChange(body: RegistryUpdate): RegistryChange {
  assertBasic(body.credential_type);
  const { access_secret: secret } = body;
  return {
    ...(body.url !== undefined && { url: body.url }),
    ...(body.access_key !== undefined && { accessKey: body.access_key }),
    ...(secret !== undefined && secret !== MASKED_SECRET && { accessSecret: secret }),
    ...(body.insecure !== undefined && { isInsecure: body.insecure }),
    ...(body.ca_certificate !== undefined && { caCertificate: body.ca_certificate }),
  };
}

function assertBasic(type: string | undefined): void {
  if (type === undefined || type === '' || type === 'basic') return;
  throw new ProductError('BAD_REQUEST', 'the credential type is basic: access_key and access_secret');
}
