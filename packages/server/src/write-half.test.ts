import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ERASED_KIND } from '@roadstead/archive';
import { describe, expect, it } from 'vitest';
import { AUDITED_COMMANDS } from './operations/audit-events/audited-commands.ts';
import { INSTANCE_COMMANDS } from './write-half.ts';

/** How the kind of an entry is written where it is made. */
const KIND_LINE = /(?:\bkind(?::| = )|\bnote\(tx,|\brecord\((?:tx|context),).*/g;
const WRITTEN_KIND = /['`]([a-z-]+\.(?:[a-z-]+|\$\{verdict\}))['`]/g;
const VERDICTS = ['damaged', 'missing'];

const declaredKinds = new Set(
  Object.values(AUDITED_COMMANDS).flatMap((audit) => ('kinds' in audit ? audit.kinds : [])),
);

async function listWrittenKinds(): Promise<ReadonlySet<string>> {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const kinds = new Set<string>();
  for await (const file of glob(
    `${root}{content,identity,network-rules,projects,policies,operations,portability,secrets}/**/*.ts`,
  )) {
    if (file.endsWith('.test.ts')) continue;
    const lines = [...(await readFile(file, 'utf8')).matchAll(KIND_LINE)].map(([line]) => line).join('\n');
    if (lines.includes('kind: ERASED_KIND')) kinds.add(ERASED_KIND);
    for (const [, kind = ''] of lines.matchAll(WRITTEN_KIND)) {
      if (kind.endsWith('}')) for (const verdict of VERDICTS) kinds.add(kind.replace(/\$\{verdict\}/, verdict));
      else kinds.add(kind);
    }
  }
  return kinds;
}

describe('every command', () => {
  it('is known to the audit log: it tells of what it changes, or somebody has said why not', () => {
    expect(Object.keys(AUDITED_COMMANDS).toSorted()).toEqual([...INSTANCE_COMMANDS.keys()].toSorted());
  });

  it('writes the kinds of entries that are listed for it, and there are no others', async () => {
    expect([...(await listWrittenKinds())].toSorted()).toEqual([...declaredKinds].toSorted());
  });

  it('writes kinds that the documentation explains', async () => {
    const text = await readFile(new URL('../../../docs/audit-events.md', import.meta.url), 'utf8');
    const explained = new Set([...text.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, kind]) => kind));
    expect([...declaredKinds].filter((kind) => !explained.has(kind))).toEqual([]);
  });
});
