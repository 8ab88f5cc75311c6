import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLayout } from '../support/make-layout.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';

let opened: SignedInCli;
let digest: string;

beforeAll(async () => {
  opened = await openSignedInCli({ projects: ['dev', 'prod'] });
  const layout = await makeLayout(path.join(opened.folder, 'layout'));
  await opened.succeed(['push', layout.folder, 'dev/app:1']);
  digest = (await opened.succeedJson<{ digest: string }>(['inspect', 'dev/app:1'])).digest;
}, 60_000);
afterAll(() => opened?.close());

// Every command is a process of its own.
describe('promote', { timeout: 90_000 }, () => {
  test('says what it would do, does it, and changes nothing the next time', async () => {
    const command = ['promote', 'dev/app:1', 'prod/app', '--tag', '1.0', '--tag', 'stable'];
    expect(await opened.succeed([...command, '--dry-run'])).toContain('dev/app:1 would be in prod/app now');
    expect((await opened.cli.run(['inspect', 'prod/app:1.0'])).exitCode).not.toBe(0);
    const text = await opened.succeed(command);
    expect(text).toContain(`dev/app:1 is in prod/app now: ${digest}`);
    expect(text).toContain('tag stable: is new');
    expect((await opened.succeedJson<{ digest: string }>(['inspect', 'prod/app:stable'])).digest).toBe(digest);
    expect(await opened.succeed(command)).toContain('has it already'.replace('it', digest));
    expect(await opened.succeedJson([...command])).toMatchObject({ digest, isChanged: false });
    expect(await opened.succeed([...command, '--quiet'])).toBe(`${digest}\n`);
  });

  test('says what is wrong', async () => {
    const missing = await opened.cli.run(['promote', 'dev/app:none', 'prod/app']);
    expect([missing.exitCode === 0, missing.stderr]).toEqual([false, expect.stringContaining('not found')]);
    const same = await opened.cli.run(['promote', 'dev/app:1', 'dev/app']);
    expect(same.stderr).toContain('one repository');
  });
});
