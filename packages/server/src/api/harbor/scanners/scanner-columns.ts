/** By what lists of scanners are narrowed and sorted. */
export const SCANNER_COLUMNS = {
  uuid: { column: 'uuid', type: 'text' },
  name: { column: 'name', type: 'text' },
  description: { column: 'description', type: 'text' },
  url: { column: 'url', type: 'text' },
  auth: { column: 'auth', type: 'text' },
  disabled: { column: 'is_disabled', type: 'flag' },
  is_default: { column: 'is_default', type: 'flag' },
  create_time: { column: 'created_at', type: 'instant' },
  update_time: { column: 'updated_at', type: 'instant' },
} as const;
