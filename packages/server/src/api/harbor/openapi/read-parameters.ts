import type Type from 'typebox';

/** What is wrong with a parameter, as the validator would say it. */
export interface ParameterFault {
  readonly keyword: string;
  /** `/page_size` */
  readonly instancePath: string;
  readonly message: string;
  readonly schemaPath: string;
  readonly params: Record<string, unknown>;
}

export function faultOf(instancePath: string, message: string): ParameterFault {
  return { keyword: 'type', instancePath, message, schemaPath: '', params: {} };
}

export type ReadParameters =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly fault: ParameterFault };

/** The texts that Go's `strconv.ParseBool` knows, which is what Harbor reads flags with. */
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/**
 * The parameters of a path, a query or of headers as the contract has them: integers are digits only (a coerced number would also take
 * `1e2` and `0x10`), an empty value is as none, and what the contract does not know stays as it is.
 */
export function readParameters(
  known: Readonly<Record<string, Type.TSchema>>,
  raw: Readonly<Record<string, unknown>>,
): ReadParameters {
  const values: Record<string, unknown> = { ...raw };
  for (const [name, schema] of Object.entries(known)) {
    const given = values[name];
    if (given === undefined) continue;
    if (given === '') {
      delete values[name];
      continue;
    }
    const value = readParameter(schema as { readonly type?: string }, given);
    if (value instanceof Fault) return { fault: value.of(name) };
    values[name] = value;
  }
  return { values };
}

function readParameter({ type }: { readonly type?: string }, given: unknown): unknown {
  if (type === 'array') {
    // Lists have commas between their items; some clients repeat the parameter instead.
    const items = (Array.isArray(given) ? given : [given]).flatMap((item) => String(item).split(','));
    return items.some(hasNul) ? new Fault('must not contain NUL') : items;
  }
  if (typeof given !== 'string') return new Fault('is given more than once');
  if (hasNul(given)) return new Fault('must not contain NUL');
  if (type === 'integer') return /^-?\d{1,15}$/.test(given) ? Number(given) : new Fault('must be a whole number');
  if (type === 'boolean') return FLAGS.get(given) ?? new Fault('must be true or false');
  return given;
}

/** Databases hold no NUL, so nothing is found by one. */
function hasNul(text: string): boolean {
  return text.includes('\0');
}

class Fault {
  readonly #message: string;

  constructor(message: string) {
    this.#message = message;
  }

  of(name: string): ParameterFault {
    return faultOf(`/${name}`, this.#message);
  }
}
