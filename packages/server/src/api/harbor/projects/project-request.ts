import { ProductError } from '../../../kernel/errors.ts';
import { assertCveAllowlist, type WantedCveAllowlist } from '../../../projects/cve-allowlist/cve-allowlist.ts';
import {
  isMetadataKey,
  type Metadata,
  type MetadataKey,
  noSuchKey,
  readMetadataValue,
} from '../../../projects/metadata/metadata-keys.ts';
import { PROJECT_VISIBILITIES, type Project, type ProjectVisibility, visibilityOf } from '../../../projects/project.ts';
import type { ProjectReq } from './projects-models.ts';

/**
 * Who shall see the project. `metadata.public` wins over the deprecated `public`, as in Harbor; `metadata.visibility` is ours.
 * A project that is internal is not public, so that a client which only knows `public` and says `false` leaves it as it is.
 * @param before the project as it is; undefined for a new one
 * @throws ProductError BAD_REQUEST
 */
export function readVisibility(body: ProjectReq, before?: Project): ProjectVisibility {
  const { metadata = {} } = body;
  const isPublic = parseFlag('metadata.public', metadata.public) ?? body.public;
  const asked = parseVisibility(metadata.visibility);
  const is: ProjectVisibility = before === undefined ? 'private' : visibilityOf(before);
  if (asked === undefined) {
    if (isPublic === undefined) return is;
    return isPublic ? 'public' : is === 'public' ? 'private' : is;
  }
  if (isPublic !== undefined && isPublic !== (asked === 'public')) {
    throw new ProductError('BAD_REQUEST', 'metadata.visibility contradicts metadata.public: say one of them');
  }
  return asked;
}

/** What a project shall say of itself besides who sees it; empty values say nothing. @throws ProductError BAD_REQUEST */
export function readMetadataFields({ metadata = {} }: ProjectReq): Metadata {
  const fields: Partial<Record<MetadataKey, string>> = {};
  for (const [key, value] of Object.entries(metadata)) {
    // The server sets `retention_id` itself; clients send back what they were shown.
    if (key === 'public' || key === 'visibility' || key === 'retention_id' || value === '') continue;
    if (!isMetadataKey(key)) noSuchKey(key);
    fields[key] = readMetadataValue(key, String(value));
  }
  return fields;
}

/** Refuses what this registry does not do yet, rather than saying yes and doing nothing. @throws ProductError PRECONDITION */
export function assertSupported({ registry_id: registryId }: ProjectReq): void {
  if (registryId !== undefined && registryId !== 0) {
    throw new ProductError('PRECONDITION', 'registry_id: proxy cache projects are not there yet');
  }
}

/** Undefined: the body says nothing of it. @throws ProductError BAD_REQUEST */
export function readCveAllowlist({ cve_allowlist: allowlist }: ProjectReq): WantedCveAllowlist | undefined {
  if (allowlist === undefined) return undefined;
  const { items = [], expires_at: expiresAtSeconds } = allowlist;
  const wanted = { cveIds: items.map(({ cve_id: id = '' }) => id.trim()), expiresAtSeconds };
  assertCveAllowlist(wanted);
  return wanted;
}

function parseVisibility(value: string | undefined): ProjectVisibility | undefined {
  if (value === undefined || value === '') return undefined;
  const visibility = PROJECT_VISIBILITIES.find((known) => known === value);
  if (visibility !== undefined) return visibility;
  throw new ProductError('BAD_REQUEST', `metadata.visibility must be one of ${PROJECT_VISIBILITIES.join(', ')}`);
}

export function parseFlag(field: string, value: string | undefined): boolean | undefined {
  if (value === undefined || value === '') return undefined;
  const text = value.toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ProductError('BAD_REQUEST', `${field} must be "true" or "false"`);
}
