import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { EXIT_CODE, EXIT_CODE_MEANINGS } from './exit-code.ts';

test('every exit code has a meaning, and the README says the same', async () => {
  expect(EXIT_CODE_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT_CODE));
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  for (const [code, meaning] of EXIT_CODE_MEANINGS) expect(readme).toContain(`| ${code} | ${meaning} |`);
});
