import { generateKeyPairSync } from 'node:crypto';
import type { FaultCase } from '../fault-class.ts';
import { bearer, expectNothing, type NothingOptions } from './expect-nothing.ts';
import { FORGED, type Forgery } from './forgeries.ts';
import { askForBase, BASES, type Base } from './genuine-tokens.ts';
import { MUTILATIONS, SAME_TOKENS } from './mutilations.ts';
import { takeApart } from './token-parts.ts';

/** Who forges has a genuine token of each kind: what is made of it is as good as none, and the answer says so. */
export function createForgedTokenCases(): readonly FaultCase[] {
  const forgeries = [...FORGED, ...MUTILATIONS];
  return BASES.flatMap((base) => [
    ...forgeries.map(([name, forge]) => forgedCase(name, forge, base)),
    ...SAME_TOKENS.map(([name, forge]) => forgedCase(name, forge, base, { places: ['manifest', 'blob', 'catalog'] })),
  ]);
}

function forgedCase(name: string, forge: Forgery, base: Base, options?: NothingOptions): FaultCase {
  return {
    name: `a forged token of ${base.name}: ${name}`,
    run: async (run) => {
      const genuine = takeApart(await askForBase(run, base));
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { repository } = run.target.content;
      const scope = { type: 'repository', name: repository, actions: ['pull', 'push', 'delete'] };
      await expectNothing(run, bearer(forge(genuine, privateKey, scope)), options);
    },
  };
}
