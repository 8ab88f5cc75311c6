import type { FaultClass } from '../fault-class.ts';
import { createBrokenBodyCases } from '../framing/broken-bodies.ts';
import { createHostCases } from '../framing/host-poisoning.ts';
import { createLimitCases } from '../framing/limits.ts';
import { createMalformedHeadCases } from '../framing/malformed-heads.ts';
import { createSlowClientCases } from '../framing/slow-clients.ts';
import { createSmugglingCases } from '../framing/smuggling.ts';

/** What goes wrong below HTTP: framing, line ends, halves, hosts, limits and time. */
export function createHostileFraming(): FaultClass {
  const slow = createSlowClientCases();
  const quick = [
    ...createSmugglingCases(),
    ...createMalformedHeadCases(),
    ...createHostCases(),
    ...createBrokenBodyCases(),
    ...createLimitCases(),
  ];
  return {
    name: 'framing',
    unit: 'attacks',
    corpusSize: slow.length + quick.length,
    minCorpusSize: 80,
    // All slow ones wait side by side while the others go on.
    concurrency: slow.length + 3,
    cases: [...slow, ...quick],
  };
}
