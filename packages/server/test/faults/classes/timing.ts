import { createContentProbes, createOwnerProbes } from '../enumeration/content-probes.ts';
import { createPeopleProbes } from '../enumeration/people-probes.ts';
import type { Asker, Probe } from '../enumeration/probe.ts';
import { createProjectProbes } from '../enumeration/project-probes.ts';
import { createSignInProbes } from '../enumeration/sign-in-probes.ts';
import { createTokenProbes } from '../enumeration/token-probes.ts';
import type { FaultClass, Target } from '../fault-class.ts';
import { createTimedCases, type TimedProbe } from '../timing/timed-cases.ts';

/** Each asks four times: 200 times for what is there, and 200 for what is missing. */
const QUADRUPLES = 100;
/** Of what costs a hash of a password each time. */
const SIGN_IN_QUADRUPLES = 12;

/** One or two of each kind of route. */
const TIMED: Readonly<Record<string, readonly Asker[]>> = {
  'GET of a tag, or no project': ['nobody', 'an outsider'],
  'GET of a tag, or no repository': ['an outsider'],
  'GET of a tag, or no tag': ['an outsider'],
  'HEAD of a blob, or no project': ['an outsider'],
  'HEAD of a blob, or no blob': ['an outsider'],
  'POST of an upload, or no project': ['an outsider'],
  "a mount from a foreign repository, or no project, in a project of one's own": ['the owner of another project'],
  "HEAD of a foreign blob, in a project of one's own": ['the owner of another project'],
  'GET /service/token?service=harbor-registry&scope=repository:{repository}:pull': ['nobody', 'an outsider'],
  'GET /api/v2.0/projects/{project}': ['nobody', 'an outsider'],
  'GET /api/v2.0/projects/{projectId}': ['an outsider'],
  'GET /api/v2.0/projects/{project}/members': ['the owner of another project'],
  'GET /api/v2.0/robots/{robotId}': ['an outsider'],
  'GET /api/v2.0/users/{userId}': ['an outsider'],
  'GET /api/roadstead/v1/projects/{project}/trash': ['an outsider'],
  'DELETE /api/roadstead/v1/access-tokens/{accessTokenId}': ['an outsider'],
};

const TIMED_SIGN_INS = ['username', 'disabledUsername', 'robotName', 'disabledRobotName'].flatMap((key) =>
  ['GET /v2/', '/c/login'].map((way) => `a wrong password for a ${key}, by ${way}`),
);

/** Nor is it told by how long an answer takes. */
export function createTiming(target: Target): FaultClass {
  const probes = [
    ...createContentProbes(),
    ...createOwnerProbes(target),
    ...createTokenProbes(),
    ...createProjectProbes(target),
    ...createPeopleProbes(),
  ];
  const timed = [
    ...Object.entries(TIMED).flatMap(([name, askers]) =>
      askers.map((asker): TimedProbe => ({ probe: findProbe(probes, name), asker, quadruples: QUADRUPLES })),
    ),
    ...TIMED_SIGN_INS.map(
      (name): TimedProbe => ({
        probe: findProbe(createSignInProbes(), name),
        asker: 'nobody',
        quadruples: SIGN_IN_QUADRUPLES,
      }),
    ),
  ];
  // One after another: what is timed is alone.
  return {
    name: 'timing',
    unit: 'pairs',
    corpusSize: timed.length,
    minCorpusSize: 25,
    concurrency: 1,
    cases: createTimedCases(timed),
  };
}

function findProbe(probes: readonly Probe[], name: string): Probe {
  const probe = probes.find((each) => each.name === name);
  if (probe === undefined) throw new Error(`there is no probe ${name}`);
  return probe;
}
