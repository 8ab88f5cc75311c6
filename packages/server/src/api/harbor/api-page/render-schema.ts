/** What the page shows of a JSON Schema. */
export interface ShownSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, ShownSchema>>;
  readonly required?: readonly string[];
  readonly items?: ShownSchema;
  readonly patternProperties?: Readonly<Record<string, ShownSchema>>;
  readonly anyOf?: readonly ShownSchema[];
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** What a value is, in a few words; objects that have a name lead to it. */
export function renderType(schema: ShownSchema): string {
  if (schema.$ref !== undefined) {
    const name = escapeHtml(schema.$ref.split('/').at(-1) ?? '');
    return `<a href="#model-${name.replaceAll(/[^\w-]+/g, '-')}">${name}</a>`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(renderType).join(' or ');
  if (schema.items !== undefined) return `list of ${renderType(schema.items)}`;
  const [values] = Object.values(schema.patternProperties ?? {});
  if (values !== undefined) return `object of ${renderType(values)} by name`;
  return [wordOf(schema), ...describeBounds(schema)].join(', ');
}

/** The members of an object as a table; nothing when it has none. */
export function renderMembers({ properties = {}, required = [] }: ShownSchema): string {
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required.includes(name) ? ' <span class="need">needed</span>' : ''}</td><td>${renderType(schema)}</td><td>${escapeHtml(schema.description ?? '')}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<table><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function wordOf({ type, format }: ShownSchema): string {
  if (format === 'date-time') return 'time (RFC 3339)';
  const words: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return words[type ?? ''] ?? escapeHtml(type ?? 'anything');
}

function describeBounds(schema: ShownSchema): readonly string[] {
  const { minimum, maximum, maxLength, default: usual } = schema;
  return [
    ...(schema.enum ? [`one of ${schema.enum.map((value) => `<code>${escapeHtml(value)}</code>`).join(' ')}`] : []),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(usual === undefined || usual === '' ? [] : [`default <code>${escapeHtml(JSON.stringify(usual))}</code>`]),
  ];
}
