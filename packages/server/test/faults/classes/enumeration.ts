import { createContentProbes, createOwnerProbes } from '../enumeration/content-probes.ts';
import { createPairCases } from '../enumeration/pair-cases.ts';
import { createPeopleProbes } from '../enumeration/people-probes.ts';
import { createProjectProbes } from '../enumeration/project-probes.ts';
import { createSignInProbes } from '../enumeration/sign-in-probes.ts';
import { createTokenProbes } from '../enumeration/token-probes.ts';
import type { FaultClass, Target } from '../fault-class.ts';

/** What there is is not told to who may not see it, by nothing that an answer says. */
export function createEnumeration(target: Target): FaultClass {
  const probes = [
    ...createContentProbes(),
    ...createOwnerProbes(target),
    ...createTokenProbes(),
    ...createProjectProbes(target),
    ...createPeopleProbes(),
    ...createSignInProbes(),
  ];
  const cases = createPairCases(probes, target);
  return { name: 'enumeration', unit: 'pairs', corpusSize: cases.length, minCorpusSize: 600, concurrency: 4, cases };
}
