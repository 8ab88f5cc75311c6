import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createTestRuntime } from '../../test/support/create-test-runtime.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { askOnTerminal, readPasswordFromStdin } from './read-password.ts';

test('a password from stdin loses its line end and nothing else', async () => {
  const { runtime, stdin } = createTestRuntime();
  stdin.end(' p w \r\n');
  expect(await readPasswordFromStdin(runtime)).toBe(' p w ');
});

test('an empty password from stdin is a usage error', async () => {
  const { runtime, stdin } = createTestRuntime();
  stdin.end('\n');
  await expect(readPasswordFromStdin(runtime)).rejects.toMatchObject({ exitCode: EXIT_CODE.usage });
});

/** A terminal that notes when its echo is switched. */
function createTerminal() {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { setRawMode: (mode: boolean) => modes.push(mode) });
  return { ...createTestRuntime({ stdin }), keys: stdin, modes };
}

test('a password on a terminal is not shown, and can be corrected while typing', async () => {
  const { runtime, output, keys, modes } = createTerminal();
  for (const part of ['sex', '\u007f', 'créé', 't\r']) keys.write(part);
  expect(await askOnTerminal(runtime, 'Password: ', { hidden: true })).toBe('secréét');
  expect(output.stderr).toBe('Password: \n');
  expect(modes).toEqual([true, false]);
});

test('Ctrl-C at the password ends the command and gives the terminal back', async () => {
  const { runtime, keys, modes } = createTerminal();
  keys.write('abc\u0003');
  const asked = askOnTerminal(runtime, 'Password: ', { hidden: true });
  await expect(asked).rejects.toMatchObject({ exitCode: EXIT_CODE.interrupted });
  expect(modes).toEqual([true, false]);
});
