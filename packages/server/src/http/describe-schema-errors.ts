interface SchemaError {
  readonly keyword: string;
  /** `/mode` */
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One sentence about what is wrong with a request. @param part `body`, `querystring`, `params` or `headers` */
export function describeSchemaErrors(errors: readonly SchemaError[], part: string): Error {
  const [first] = errors;
  if (first === undefined) return new Error(`the ${part} is not what it should be`);
  const field = first.instancePath.replaceAll('/', '.').slice(1);
  const subject = field === '' ? `the ${part}` : `"${field}" in the ${part}`;
  return new Error(`${subject} ${describe(first)}`);
}

function describe({ keyword, message, params }: SchemaError): string {
  const { allowedValues, additionalProperty } = params;
  if (keyword === 'enum' && Array.isArray(allowedValues)) return `must be one of ${allowedValues.join(', ')}`;
  if (keyword === 'additionalProperties') return `must not have "${additionalProperty}"`;
  return message ?? 'is not what it should be';
}
