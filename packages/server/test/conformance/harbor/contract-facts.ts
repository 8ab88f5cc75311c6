/** Parts of a JSON Schema, as Swagger 2.0 and OpenAPI 3.1 both write them. */
export interface SchemaPart {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly required?: readonly string[];
  readonly items?: SchemaPart;
  readonly additionalProperties?: SchemaPart | boolean;
  readonly patternProperties?: Readonly<Record<string, SchemaPart>>;
}

/** Every answer has the one, and media types say the other. */
export const IGNORED_HEADERS: readonly string[] = ['X-Request-Id', 'Content-Type'];

export type Resolve = (ref: string) => SchemaPart;

/**
 * A schema as lines, one for each thing that it says: `.name string`, `.items[].id integer int64`.
 * @param resolve what a `$ref` refers to
 */
export function listSchemaFacts(schema: SchemaPart, resolve: Resolve, at = ''): readonly string[] {
  const is = schema.$ref === undefined ? schema : resolve(schema.$ref);
  const members = Object.entries(is.properties ?? {}).flatMap(([name, part]) => [
    ...listSchemaFacts(part, resolve, `${at}.${name}`),
    ...(is.required?.includes(name) ? [`${at}.${name} required`] : []),
  ]);
  const of = valuesOf(is);
  return [
    `${at} ${typeOf(is)}`.trim(),
    ...describeBounds(is).map((bound) => `${at} ${bound}`.trim()),
    ...members,
    ...(is.items ? listSchemaFacts(is.items, resolve, `${at}[]`) : []),
    ...(of ? listSchemaFacts(of, resolve, `${at}{}`) : []),
  ];
}

/** What an object's members of any name are. An object of which nothing is known is as one that may have anything. */
function valuesOf({ additionalProperties, patternProperties }: SchemaPart): SchemaPart | undefined {
  const [ofPattern] = Object.values(patternProperties ?? {});
  const part = ofPattern ?? additionalProperties;
  if (typeof part !== 'object' || typeOf(part) === 'anything') return undefined;
  return typeOf(part) === 'object' && Object.keys(part).length === 1 ? undefined : part;
}

function typeOf({ type, format, properties }: SchemaPart): string {
  const plain = type ?? (properties === undefined ? 'anything' : 'object');
  // A file is a text to those who read the contract, and `int` is no format that anybody defined.
  return [plain === 'file' ? 'string' : plain, ...(format === undefined || format === 'int' ? [] : [format])].join(' ');
}

function describeBounds(is: SchemaPart): readonly string[] {
  return [
    ...(is.enum ? [`one of ${is.enum.join(', ')}`] : []),
    ...(is.default === undefined ? [] : [`default ${JSON.stringify(is.default)}`]),
    ...(is.maximum === undefined ? [] : [`at most ${is.maximum}`]),
    ...(is.maxLength === undefined ? [] : [`at most ${is.maxLength} characters`]),
  ];
}
