import { ProductError } from '../../../kernel/errors.ts';
import { PROJECT_VISIBILITIES, type Project, type ProjectVisibility, visibilityOf } from '../../../projects/project.ts';
import type { ProjectReq } from './project-schemas.ts';

/**
 * Harbor's metadata keys beside `public`, with the values that say "as if it were not there". Clients send them along, so
 * those pass; anything else would be a promise that nobody keeps yet.
 */
const IDLE_METADATA: ReadonlyMap<string, readonly string[]> = new Map([
  ['enable_content_trust', ['false', '']],
  ['enable_content_trust_cosign', ['false', '']],
  ['prevent_vul', ['false', '']],
  ['severity', ['', 'none', 'low', 'medium', 'high', 'critical']],
  ['auto_scan', ['false', '']],
  ['auto_sbom_generation', ['false', '']],
  ['reuse_sys_cve_allowlist', ['true', 'false', '']],
  ['retention_id', ['']],
  ['proxy_speed_kb', ['-1', '0', '']],
  ['max_upstream_conn', ['-1', '0', '']],
]);

/**
 * Who shall see the project. `metadata.public` wins over the deprecated `public`, as in Harbor; `metadata.visibility` is ours.
 * A project that is internal is not public, so that a client which only knows `public` and says `false` leaves it as it is.
 * @param before the project as it is; undefined for a new one
 * @throws ProductError BAD_REQUEST
 */
export function readVisibility(body: ProjectReq, before?: Project): ProjectVisibility {
  const metadata = body.metadata ?? {};
  const isPublic = parseFlag('metadata.public', metadata['public']) ?? parseFlag('public', body.public);
  const asked = parseVisibility(metadata['visibility']);
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

/**
 * Refuses what this registry does not do yet, rather than saying yes and doing nothing.
 * @throws ProductError BAD_REQUEST that names the field.
 */
export function assertSupported(body: ProjectReq): void {
  if (body.registry_id !== undefined && body.registry_id !== null) {
    throw notYet('registry_id: proxy cache projects are not there yet');
  }
  if (body.storage_limit !== undefined && body.storage_limit !== null && body.storage_limit !== -1) {
    throw notYet('storage_limit: quotas are not there yet, so it can only be -1 (unlimited)');
  }
  if (hasAllowlistItems(body.cve_allowlist)) throw notYet('cve_allowlist: vulnerability policies are not there yet');
  for (const [key, value] of Object.entries(body.metadata ?? {})) assertIdleMetadata(key, value);
}

function assertIdleMetadata(key: string, value: unknown): void {
  if (key === 'public' || key === 'visibility') return;
  const idle = IDLE_METADATA.get(key);
  if (idle === undefined) throw notYet(`metadata.${key.slice(0, 64)} is not a key that projects have`);
  if (value === null || value === undefined || idle.includes(String(value).toLowerCase())) return;
  throw notYet(`metadata.${key}: this policy is not there yet, so it cannot be switched on`);
}

function hasAllowlistItems(allowlist: unknown): boolean {
  if (typeof allowlist !== 'object' || allowlist === null || !('items' in allowlist)) return false;
  return Array.isArray(allowlist.items) && allowlist.items.length > 0;
}

function parseVisibility(value: unknown): ProjectVisibility | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const visibility = PROJECT_VISIBILITIES.find((known) => known === value);
  if (visibility !== undefined) return visibility;
  throw new ProductError('BAD_REQUEST', `metadata.visibility must be one of ${PROJECT_VISIBILITIES.join(', ')}`);
}

function parseFlag(field: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ProductError('BAD_REQUEST', `${field} must be "true" or "false"`);
}

function notYet(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
