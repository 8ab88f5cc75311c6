/**
 * What pushes and pulls write. The index by kind leaves them out, so that they do not pay for it: its condition stands in
 * migration 0008 in the same words.
 */
export const HOT_KINDS: readonly string[] = [
  'blob.mounted',
  'blob.uploaded',
  'manifest.pulled',
  'manifest.pushed',
  'tag.moved',
];

/** SQL of the condition of that index. It must stand in a query as it is: SQLite infers nothing. */
export const IS_RARE_KIND = `kind not in (${HOT_KINDS.map((kind) => `'${kind}'`).join(', ')})`;
