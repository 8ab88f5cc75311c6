import { setTimeout as wait } from 'node:timers/promises';
import type { FaultCase, Target } from '../fault-class.ts';
import { bearer, expectNothing } from './expect-nothing.ts';
import { takeApart } from './token-parts.ts';

/** Tokens of the seed, when their minute is over: genuine in everything but that. */
export function createExpiredCases({ earlyTokens }: Target): readonly FaultCase[] {
  return earlyTokens.map(({ name, token }) => ({
    name: `over: a token of ${name} after its last second`,
    run: async (run) => {
      const endsAt = Number(takeApart(token).claims['exp']) * 1_000;
      await wait(Math.max(0, endsAt - Date.now()));
      await expectNothing(run, bearer(token));
    },
  }));
}
