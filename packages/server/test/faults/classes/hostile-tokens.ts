import type { FaultClass, Target } from '../fault-class.ts';
import { EndedCredentials } from '../tokens/ended-cases.ts';
import { createExpiredCases } from '../tokens/expired-cases.ts';
import { createForgedTokenCases } from '../tokens/forged-tokens.ts';
import { MisplacedSecrets } from '../tokens/misplaced-secrets.ts';
import { createMisplacedTokenCases } from '../tokens/misplaced-tokens.ts';

/** Tokens that were forged, bent, revoked, run out or put where they do not belong: none of them opens anything. */
export function createHostileTokens(target: Target): FaultClass {
  const ended = new EndedCredentials(target);
  const misplaced = new MisplacedSecrets(target);
  const cases = [
    // First, while they would not have run out by themselves yet.
    ...ended.cases,
    ...misplaced.cases,
    ...createMisplacedTokenCases(),
    ...createForgedTokenCases(),
    // Last: they wait for the end of their tokens.
    ...createExpiredCases(target),
  ];
  return {
    name: 'tokens',
    unit: 'forgeries',
    corpusSize: cases.length,
    minCorpusSize: 400,
    concurrency: 4,
    cases,
    prepare: async () => {
      await ended.prepare();
      await misplaced.prepare();
    },
  };
}
