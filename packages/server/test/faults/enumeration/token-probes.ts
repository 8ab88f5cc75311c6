import { type Probe, probeOf } from './probe.ts';

const SCOPES = [
  'repository:{repository}:pull',
  'repository:{repository}:pull,push',
  'repository:{repository}:*',
  'repository:{project}/crypt:pull,push,delete',
  'repository:{project}:pull',
];

/** What a token gives is the same for what one may not see and what there is not. */
export function createTokenProbes(): readonly Probe[] {
  return [
    ...SCOPES.map((scope) => probeOf(`GET /service/token?service=harbor-registry&scope=${scope}`)),
    probeOf('GET /service/token?scope=repository:{repository}:pull&scope=repository:faults-public/seed:pull'),
    probeOf('GET /service/token?account={username}&scope=repository:{repository}:pull'),
  ];
}
