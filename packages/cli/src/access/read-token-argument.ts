import { readFile } from 'node:fs/promises';
import { notFoundError, usageError } from '../cli-error.ts';
import type { Runtime } from '../runtime.ts';
import { readPasswordFromStdin } from '../terminal/read-password.ts';

/** A signed token has three parts, of which the first is a JSON object. */
const TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;
const EXAMPLE = 'a file, - for standard input, or the token itself';

/**
 * The token that is meant: itself, or what a file or standard input (`-`) has.
 * @throws CliError usage or notFound; it never quotes what might be a token
 */
export async function readTokenArgument(argument: string, runtime: Pick<Runtime, 'stdin'>): Promise<string> {
  if (TOKEN.test(argument)) return argument;
  const text = argument === '-' ? await readPasswordFromStdin(runtime) : await readTokenFile(argument);
  const token = text.trim();
  if (token === '') throw usageError('there is no token', EXAMPLE);
  return token;
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    // What has no place among files may be a token that was cut off.
    const { code } = cause as NodeJS.ErrnoException;
    throw notFoundError('the file with the token cannot be read', { why: code, remedy: `give ${EXAMPLE}`, cause });
  }
}
