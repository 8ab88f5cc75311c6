import { ProductError } from '../../kernel/errors.ts';
import { assertCertificates, readRemoteUrl } from '../remote-address.ts';
import { findRegistryKind, REGISTRY_KINDS } from './registry-kinds.ts';
import type { RegistrySettings } from './remote-registry.ts';

const MAX_NAME_LENGTH = 64;
const MAX_TEXT_LENGTH = 1_024;
/** Google's keys are JSON documents of some kilobytes. */
const MAX_SECRET_LENGTH = 16 * 1024;

/** The settings as they are kept. @throws ProductError BAD_REQUEST */
export function checkRegistrySettings(settings: RegistrySettings, accessSecret: string | undefined): RegistrySettings {
  const { name, description } = settings;
  if (name === '') throw refuse('name cannot be empty');
  if (name.length > MAX_NAME_LENGTH) throw refuse(`name has at most ${MAX_NAME_LENGTH} characters`);
  if (description.length > MAX_TEXT_LENGTH) throw refuse(`description has at most ${MAX_TEXT_LENGTH} characters`);
  return checkRegistryAddress(settings, accessSecret);
}

/** What is needed to connect to it. @throws ProductError BAD_REQUEST */
export function checkRegistryAddress<S extends Omit<RegistrySettings, 'name' | 'description'>>(
  settings: S,
  accessSecret: string | undefined,
): S {
  const { kind, accessKey, caCertificate } = settings;
  if (findRegistryKind(kind) === undefined) {
    throw refuse(`type is one of ${REGISTRY_KINDS.map((each) => each.name).join(', ')}`);
  }
  if (accessKey.length > MAX_TEXT_LENGTH || accessKey.includes(':')) {
    throw refuse(`access_key has at most ${MAX_TEXT_LENGTH} characters, and no colon`);
  }
  if ((accessSecret ?? '').length > MAX_SECRET_LENGTH) {
    throw refuse(`access_secret has at most ${MAX_SECRET_LENGTH} characters`);
  }
  assertCertificates(caCertificate);
  return { ...settings, url: readRemoteUrl(settings.url) };
}

function refuse(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
