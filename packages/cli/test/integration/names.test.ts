import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLayout } from '../support/make-layout.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';

let opened: SignedInCli;
let succeed: SignedInCli['succeed'];
let succeedJson: SignedInCli['succeedJson'];
let pushed: string;

beforeAll(async () => {
  opened = await openSignedInCli({ projects: ['acme', 'other'] });
  ({ succeed, succeedJson } = opened);
  const layout = await makeLayout(path.join(opened.folder, 'layout'));
  await succeed(['push', layout.folder, 'acme/app:1']);
  pushed = (await succeedJson<{ digest: string }>(['inspect', 'acme/app:1'])).digest;
}, 60_000);
afterAll(() => opened?.close());

const pull = async (reference: string, ...more: readonly string[]) => {
  const folder = path.join(opened.folder, `pulled-${Math.random()}`);
  return (await succeedJson<{ digest: string }>(['pull', reference, folder, ...more])).digest;
};

// Every command is a process of its own.
describe('names', { timeout: 90_000 }, () => {
  test('projects and repositories get other names, and the former ones lead to them until they are given up', async () => {
    expect(await succeed(['mv', 'acme/app', 'other/api'])).toMatch(/^acme\/app is called other\/api now\./);
    expect(await succeedJson(['mv', 'other', 'shop'])).toMatchObject({ from: 'other', to: 'shop' });
    for (const name of ['shop/api', 'other/api', 'acme/app']) expect(await pull(`${name}:1`), name).toBe(pushed);
    expect(await succeed(['former-names', 'list', '--project', 'shop'])).toMatch(
      /^FORMER NAME +LEADS TO +SINCE\nacme\/app +shop\/api +20\S+\nother +shop +20\S+\n$/,
    );
    const refused = await opened.cli.run(['push', path.join(opened.folder, 'layout'), 'other/api:2']);
    expect([refused.exitCode, refused.stderr]).toEqual([4, expect.stringContaining('is called shop/api now')]);
    const unasked = await opened.cli.run(['former-names', 'give-up', 'other', '--project', 'shop']);
    expect([unasked.exitCode, unasked.stderr.includes('--yes')]).toEqual([2, true]);
    await succeed(['former-names', 'give-up', 'other', '--project', 'shop', '--yes']);
    expect(await succeed(['former-names', 'list', '--project', 'shop', '--quiet'])).toBe('acme/app\n');
    await succeed(['mv', 'shop', 'other']);
    await succeed(['mv', 'other/api', 'acme/app']);
  });

  test('a name of one kind is no name of the other', async () => {
    const { exitCode, stderr } = await opened.cli.run(['mv', 'acme', 'acme/app']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('a project stays a project')]);
  });

  test('tags are shown and pulled as they stood', async () => {
    await succeed(['push', path.join(opened.folder, 'layout'), 'acme/then:1']);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const then = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const other = await makeLayout(path.join(opened.folder, 'other'), { seed: 2 });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await succeed(['push', other.folder, 'acme/then:1']);
    await succeed(['push', other.folder, 'acme/then:2']);
    expect(await pull('acme/then:1')).not.toBe(pushed);
    expect(await pull('acme/then:1', '--as-of', then)).toBe(pushed);
    expect(await succeed(['tags', 'acme/then'])).toBe('1\n2\n');
    expect(await succeed(['tags', 'acme/then', '--as-of', then])).toBe('1\n');
    expect(await succeed(['tags', 'acme/then', '--long', '--as-of', then])).toContain(pushed);
    const wrong = await opened.cli.run(['tags', 'acme/then', '--as-of', 'yesterday']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('is no time')]);
    const digest = await opened.cli.run(['pull', `acme/then@${pushed}`, 'x', '--as-of', then]);
    expect(digest.exitCode).toBe(2);
  });
});
