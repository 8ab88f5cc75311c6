// Runs in the namespace that `main.ts` has made.
import { createEgressGuard } from '../../src/kernel/egress-guard.ts';
import { Canaries } from './canaries.ts';
import { FEATURES, type Guard } from './features.ts';
import { NameServer } from './name-server.ts';
import { NAME_SERVER } from './namespace.ts';
import { reachesPublic, tryFeature } from './try-feature.ts';
import { lookThenResolve, UNGUARDED } from './unguarded.ts';

const MIN_CAUGHT = 20;

async function main(): Promise<number> {
  const names = await NameServer.open(NAME_SERVER);
  const canaries = await Canaries.open();
  const guard = createEgressGuard({ allow: [], connectTimeoutMs: 2_000 });
  const tally = { passed: 0, failed: 0 };
  const say = (isRight: boolean, text: string) => {
    tally[isRight ? 'passed' : 'failed'] += 1;
    console.log(`${isRight ? 'ok    ' : 'FAILED'} ${text}`);
  };
  try {
    for (const feature of FEATURES) {
      say(await reachesPublic(feature, guard, canaries), `${feature.name}: a public address is reached`);
      const { attempts, reached, allowed } = await tryFeature(feature, guard, canaries);
      for (const { target, addresses } of reached) {
        say(false, `${feature.name}: ${JSON.stringify(target)} has led to ${addresses.join(', ')}`);
      }
      tally.passed += attempts - reached.length;
      console.log(
        `       ${feature.name}: ${feature.targets.length} targets, ${attempts} attempts, ${reached.length} reached a ` +
          `denied address (${allowed} a public one)`,
      );
    }
    const defects: readonly (readonly [string, Guard, number])[] = [
      ['a server without a guard', UNGUARDED, MIN_CAUGHT],
      ['a guard that lets a name be resolved twice', lookThenResolve(guard), 1],
    ];
    for (const [name, defect, least] of defects) {
      for (const feature of FEATURES) {
        const { reached } = await tryFeature(feature, defect, canaries);
        say(reached.length >= least, `${name} is seen: ${feature.name}, ${reached.length} times`);
      }
    }
  } finally {
    names.close();
    await guard.close();
  }
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 ? 0 : 1;
}

process.exit(await main());
