import { ProductError } from '../../kernel/errors.ts';

type Check = (value: string) => string | undefined;

const flag: Check = (value) => {
  const text = value.toLowerCase();
  return text === 'true' || text === 'false' ? text : undefined;
};
const severity: Check = (value) => {
  const text = value.toLowerCase();
  return ['none', 'low', 'medium', 'high', 'critical'].includes(text) ? text : undefined;
};
const number: Check = (value) => (/^-?\d{1,15}$/.test(value) ? String(Number(value)) : undefined);

const FORMS = {
  flag: [flag, 'true or false'],
  severity: [severity, 'none, low, medium, high or critical'],
  number: [number, 'a whole number'],
} as const;

/** What projects say of themselves, in Harbor's names; `public` is kept with the project. */
const KEYS = {
  enable_content_trust: 'flag',
  enable_content_trust_cosign: 'flag',
  prevent_vul: 'flag',
  severity: 'severity',
  auto_scan: 'flag',
  auto_sbom_generation: 'flag',
  reuse_sys_cve_allowlist: 'flag',
  proxy_speed_kb: 'number',
  max_upstream_conn: 'number',
} as const satisfies Readonly<Record<string, keyof typeof FORMS>>;

export type MetadataKey = keyof typeof KEYS;
/** Every value is a text, as Harbor has it. */
export type Metadata = Readonly<Partial<Record<MetadataKey, string>>>;
/** With the id of the project's retention policy, which nobody sets here. */
export type ShownMetadata = Metadata & { readonly retention_id?: string };

export function isMetadataKey(text: string): text is MetadataKey {
  return Object.hasOwn(KEYS, text);
}

/** @returns the value as it is kept @throws ProductError BAD_REQUEST */
export function readMetadataValue(key: MetadataKey, value: string): string {
  const [check, form] = FORMS[KEYS[key]];
  const read = check(value);
  if (read === undefined) throw new ProductError('BAD_REQUEST', `metadata ${key} must be ${form}`);
  return read;
}

/** @throws ProductError BAD_REQUEST */
export function noSuchKey(text: string): never {
  const known = ['public', ...Object.keys(KEYS)].join(', ');
  throw new ProductError(
    'BAD_REQUEST',
    `projects have no metadata ${JSON.stringify(text.slice(0, 64))}: it is ${known}`,
  );
}
