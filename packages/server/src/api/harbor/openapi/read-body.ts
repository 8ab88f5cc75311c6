import { faultOf, type ParameterFault } from './read-parameters.ts';

/** Deeper bodies than any operation has. */
const MAX_DEPTH = 32;

/**
 * A body without the members that are null, which Go's decoder, and so Harbor, takes for absent.
 * @returns a fault for what no operation takes: a NUL, which databases do not hold, or a body nested beyond all reason
 */
export function readBody(body: unknown): { readonly value: unknown } | { readonly fault: ParameterFault } {
  try {
    return { value: clean(body, '', 0) };
  } catch (error) {
    if (error instanceof BodyFault) return { fault: error.fault };
    throw error;
  }
}

function clean(value: unknown, path: string, depth: number): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new BodyFault(path, 'must not contain NUL');
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) throw new BodyFault('', 'is nested too deeply');
  if (Array.isArray(value)) return value.map((item, index) => clean(item, `${path}/${index}`, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== null);
  if (members.some(([name]) => name.includes('\0'))) throw new BodyFault(path, 'must not contain NUL');
  return Object.fromEntries(members.map(([name, member]) => [name, clean(member, `${path}/${name}`, depth + 1)]));
}

class BodyFault extends Error {
  readonly fault: ParameterFault;

  constructor(instancePath: string, message: string) {
    super(message);
    this.fault = faultOf(instancePath, message);
  }
}
