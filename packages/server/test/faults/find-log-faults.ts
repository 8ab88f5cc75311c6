import { showBytes } from './raw-request.ts';

const MAX_SHOWN = 5;
const ERROR_LEVEL = 50;
/** Controls of terminals, and of the direction and lines of text. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
/** The one line that is for people: where the server listens. */
const GREETING = /^Roadstead \S+ serves on /;

/** What is wrong with the log of an attacked server: lines that are no JSON, errors of the server's own, secrets. */
export function findLogFaults(log: string, secrets: readonly string[]): readonly string[] {
  const faults: string[] = [];
  for (const line of log.split('\n')) {
    const fault = line === '' || GREETING.test(line) ? undefined : findLineFault(line, secrets);
    if (fault !== undefined) faults.push(`${fault}: ${showBytes(line)}`);
  }
  return faults.slice(0, MAX_SHOWN);
}

function findLineFault(line: string, secrets: readonly string[]): string | undefined {
  if (secrets.some((secret) => line.includes(secret))) return 'a secret';
  if (CONTROL.test(line)) return 'a control character';
  try {
    const { level } = JSON.parse(line) as { readonly level?: unknown };
    return typeof level === 'number' && level >= ERROR_LEVEL ? 'an error' : undefined;
  } catch {
    return 'no JSON';
  }
}
