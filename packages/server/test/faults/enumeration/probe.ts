import type { RawRequest } from '../raw-request.ts';
import type { HiddenNames } from '../seed-hidden.ts';

/** Somebody without the right to see what is hidden. */
export type Asker = 'nobody' | 'an outsider' | 'the owner of another project' | 'an outsider with a token';

export const ASKERS: readonly Asker[] = ['nobody', 'an outsider', 'the owner of another project'];

/** One request that names something. */
export interface Probe {
  readonly name: string;
  readonly request: (names: HiddenNames) => RawRequest;
  /** By default all of ASKERS. */
  readonly askers?: readonly Asker[];
  /** What of the names is missing in the second request; by default everything. */
  readonly differs?: readonly (keyof HiddenNames)[];
}

/**
 * A probe as one line: `GET /api/v2.0/users/{userId}`, with the names in braces.
 * @param body JSON, with names in braces in its texts
 */
export function probeOf(line: string, body?: object, more: Partial<Probe> = {}): Probe {
  const [method = '', target = ''] = line.split(' ');
  const text = body === undefined ? undefined : JSON.stringify(body);
  return {
    name: text === undefined ? line : `${line} with ${text}`,
    request: (names) => ({
      method,
      target: fill(target, names),
      ...(text === undefined
        ? {}
        : { headers: [['Content-Type', 'application/json']], body: Buffer.from(fill(text, names)) }),
    }),
    ...more,
  };
}

function fill(template: string, names: HiddenNames): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => String(names[key as keyof HiddenNames]));
}
