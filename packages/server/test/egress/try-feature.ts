import { setTimeout as sleep } from 'node:timers/promises';
import { PUBLIC_IPV4, PUBLIC_IPV6 } from './address-corpus.ts';
import type { Canaries } from './canaries.ts';
import type { Feature, Guard } from './features.ts';

export interface FeatureResult {
  readonly attempts: number;
  /** A target, and the address that it led to and should not have. */
  readonly reached: readonly { readonly target: string; readonly addresses: readonly string[] }[];
  /** Connections to the public address: right, and a sign that the canaries sing. */
  readonly allowed: number;
}

const ATTEMPT_MS = 4_000;
/** What an attempt has begun and not waited for. */
const SETTLE_MS = 500;
/** Of a name that turns: it leads elsewhere at another question. */
const REPEATS = 3;

/** Tries every target of a feature, one after the other, so that each connection has its cause. */
export async function tryFeature(feature: Feature, guard: Guard, canaries: Canaries): Promise<FeatureResult> {
  const reached: FeatureResult['reached'][number][] = [];
  let [attempts, allowed] = [0, 0];
  const look = (target: string) => {
    const addresses = canaries.takeReached();
    const wrong = addresses.filter((address) => address !== PUBLIC_IPV4 && address !== PUBLIC_IPV6);
    allowed += addresses.length - wrong.length;
    if (wrong.length > 0) reached.push({ target, addresses: wrong });
  };
  for (const target of feature.targets) {
    const repeats = target.includes('turn') ? REPEATS : 1;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      attempts += 1;
      await attempt(feature, guard, target);
      look(target);
    }
  }
  await sleep(SETTLE_MS);
  look('the last ones');
  return { attempts, reached, allowed };
}

/** Whether a connection to a public address comes to pass: if not, the others mean nothing. */
export async function reachesPublic(feature: Feature, guard: Guard, canaries: Canaries): Promise<boolean> {
  canaries.takeReached();
  await attempt(feature, guard, feature.allowed);
  return canaries.takeReached().some((address) => address === PUBLIC_IPV4 || address === PUBLIC_IPV6);
}

async function attempt(feature: Feature, guard: Guard, target: string): Promise<void> {
  try {
    await feature.attempt(guard, target, AbortSignal.timeout(ATTEMPT_MS));
  } catch {
    // Whether it failed, and how, is not the question here.
  }
}
