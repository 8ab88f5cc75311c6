const VENDOR_TYPES: Readonly<Record<string, string>> = {
  'garbage-collection': 'GARBAGE_COLLECTION',
  'audit-purge': 'PURGE_AUDIT_LOG',
  replication: 'REPLICATION',
  retention: 'RETENTION',
  webhook: 'WEBHOOK',
};

/** Harbor's name for a kind of work; of what Harbor has not, our own in its spelling. */
export function vendorTypeOf(kind: string): string {
  return VENDOR_TYPES[kind] ?? kind.replaceAll('-', '_').toUpperCase();
}
