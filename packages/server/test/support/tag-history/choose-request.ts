import { ABSENT, type TagValue } from '../register/register-operation.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Abandonment } from './http-connection.ts';
import type { Manifest } from './manifest.ts';
import { isRead, type TagRequest } from './tag-request.ts';

/** What clients do most besides reading: push whatever is there, or push on a condition, as those who share a tag should. */
export type Mix = 'blind' | 'conditional';

/** Of 100 requests. */
const SHARES: Readonly<Record<Mix, readonly (readonly [kind: TagRequest['kind'], share: number])[]>> = {
  blind: [
    ['get', 20],
    ['head', 18],
    ['get-unless', 6],
    ['put', 20],
    ['replace', 17],
    ['create', 9],
    ['delete', 10],
  ],
  conditional: [
    ['get', 22],
    ['head', 10],
    ['get-unless', 6],
    ['put', 2],
    ['replace', 48],
    ['create', 9],
    ['delete', 3],
  ],
};

/** @param known what the client saw last: a condition on it may well have been overtaken */
export function chooseRequest(random: SeededRandom, mix: Mix, known: TagValue, create: () => Manifest): TagRequest {
  const kind = chooseKind(random, mix);
  switch (kind) {
    case 'get-unless':
      return known === ABSENT ? { kind: 'get' } : { kind, digest: known };
    case 'replace':
      return known === ABSENT ? { kind: 'create', manifest: create() } : { kind, expected: known, manifest: create() };
    case 'put':
    case 'create':
      return { kind, manifest: create() };
    default:
      return { kind };
  }
}

function chooseKind(random: SeededRandom, mix: Mix): TagRequest['kind'] {
  let left = random.below(100);
  for (const [kind, share] of SHARES[mix]) {
    if (left < share) return kind;
    left -= share;
  }
  throw new Error('the shares are less than 100 together');
}

/** Of 1,000 changes, how many are abandoned: about one operation of a hundred. */
const ABANDONED_OF_1000 = 18;
const MAX_LINGER_MS = 4;

/** Whether and how the client does not wait for the answer. Nothing is learnt from a read that nobody waits for. */
export function chooseAbandonment(random: SeededRandom, request: TagRequest): Abandonment | undefined {
  if (isRead(request) || random.below(1_000) >= ABANDONED_OF_1000) return undefined;
  const way = random.below(4);
  if (way === 0 && request.kind !== 'delete') return { sent: 'half', afterMs: 0 };
  return { sent: 'all', afterMs: way < 3 ? 0 : 1 + random.below(MAX_LINGER_MS) };
}
