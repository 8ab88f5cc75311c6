import type { JWK } from 'jose';
import type { WorkloadAttack } from './attack.ts';
import type { AttackStage, IssuerPath } from './attack-stage.ts';

const HOUR_MS = 3_600_000;

const byKey = (name: string, keyId: string): WorkloadAttack => ({
  name,
  make: (stage) => stage.issuer.sign(stage.claimsOf(), {}, keyId),
});

/**
 * An issuer publishes other keys while those before are remembered. What it withdrew holds for an hour at most, or a day where it
 * does not answer (decision 37).
 */
function changingKeys(
  name: string,
  path: IssuerPath,
  { next, wait = HOUR_MS }: { next: (stage: AttackStage) => Promise<readonly JWK[] | undefined>; wait?: number },
): WorkloadAttack {
  const make = async (stage: AttackStage) => {
    const published = await stage.issuer.createKey(path, 'ES256');
    const key = stage.issuer.privateKeyOf(path);
    const sign = () => stage.signWith(key, stage.claimsAt(path), path);
    stage.publishAt(path, [published]);
    await stage.enter(await sign());
    stage.publishAt(path, await next(stage));
    stage.base.test.clock.advance(wait);
    return sign();
  };
  return { name, make };
}

/** Keys that are none of the issuer's, or none for this. */
export const KEY_ATTACKS: readonly WorkloadAttack[] = [
  byKey('a key for encryption', 'encryption'),
  byKey('a key for wrapping others', 'wrapping'),
  byKey('a key whose private half was published', 'leaked'),
  byKey('a key id that two keys have', 'twin'),
  byKey('a key that is not published', 'unpublished'),
  {
    name: 'a key that is not published, by the id of one that is',
    make: (stage) => stage.issuer.sign(stage.claimsOf(), { kid: 'first' }, 'unpublished'),
  },
  { name: 'the same key id of another issuer', make: (stage) => stage.stranger.sign(stage.claimsOf()) },
  changingKeys('a key that was withdrawn an hour ago', 'rotating', {
    next: async (stage) => [await stage.issuer.createKey('next', 'ES256')],
  }),
  changingKeys('a key that was exchanged for another of its name an hour ago', 'swapped', {
    next: async (stage) => [await stage.issuer.createKey('swapped', 'ES256')],
  }),
  changingKeys('a key of a set that was emptied an hour ago', 'emptied', { next: async () => [] }),
  changingKeys('a key of an issuer that has not answered for a day', 'ended', {
    next: async () => undefined,
    wait: 24 * HOUR_MS,
  }),
  { name: 'an issuer whose document is that of another', make: (stage) => stage.signAt('liar') },
  { name: 'an issuer whose document is elsewhere', make: (stage) => stage.signAt('moved') },
  { name: 'an issuer whose list of keys stands twice', make: (stage) => stage.signAt('doubled') },
];
