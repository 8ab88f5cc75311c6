import { StringDecoder } from 'node:string_decoder';
import { CliError, usageError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { Runtime } from '../runtime.ts';

const MAX_SECRET_BYTES = 64 * 1024;

/** All of stdin without the line end: `--password-stdin`. */
export async function readPasswordFromStdin({ stdin }: Pick<Runtime, 'stdin'>): Promise<string> {
  const parts: Buffer[] = [];
  let byteCount = 0;
  for await (const part of stdin) {
    parts.push(Buffer.from(part));
    byteCount += part.length;
    if (byteCount > MAX_SECRET_BYTES) throw usageError('the password on stdin is longer than 64 KiB');
  }
  const password = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '')
    throw usageError('the password on stdin is empty', 'echo "$PASSWORD" | roadstead … --password-stdin');
  return password;
}

/** Asks on the terminal (stderr), and shows nothing of what is typed if `hidden`. */
export async function askOnTerminal(
  { stdin, stderr }: Pick<Runtime, 'stdin' | 'stderr'>,
  question: string,
  { hidden }: { readonly hidden: boolean },
): Promise<string> {
  // The echo is off before the question is seen: a fast typist, or a script, answers at once.
  if (hidden) stdin.setRawMode?.(true);
  stderr.write(question);
  const decoder = new StringDecoder('utf8');
  let answer = '';
  try {
    for await (const part of stdin.iterator({ destroyOnReturn: false })) {
      for (const character of decoder.write(Buffer.from(part))) {
        if (character === '\r' || character === '\n') return answer;
        if (character === '\u0003') throw new CliError(EXIT_CODE.interrupted, 'interrupted');
        if (character === '\u0004') return answer;
        answer = character === '\u007f' || character === '\b' ? answer.slice(0, -1) : answer + character;
      }
    }
    return answer;
  } finally {
    if (hidden) {
      stdin.setRawMode?.(false);
      stderr.write('\n');
    }
    stdin.pause();
  }
}
