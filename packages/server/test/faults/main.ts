// `npm run test:faults`: hostile input against a listening server, and a defective stand-in that every class must see.
import path from 'node:path';
import { findFreePort, type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { createHostileNames } from './classes/hostile-names.ts';
import type { FaultClass, Target } from './fault-class.ts';
import { type ClassEnvironment, findClassFaults, runClass } from './run-class.ts';
import { basicAuthorization, seedRegistry } from './seed-registry.ts';
import { SeededRandom } from './seeded-random.ts';

const seed = Number(process.env['FAULTS_SEED'] ?? 20_260_101);
const metricsPort = await findFreePort();
const server = await startRoadstead({ env: { ROADSTEAD_METRICS_LISTEN: `127.0.0.1:${metricsPort}`, ROADSTEAD_HEADERS_TIMEOUT: '2s' } });
try {
  const content = await seedRegistry(server, new SeededRandom(seed));
  const target: Target = {
    host: server.host, port: Number(server.host.split(':')[1]), authorization: basicAuthorization(server.admin), content,
    secrets: [server.dataDir, path.resolve(import.meta.dirname, '../../../..'), server.admin.password],
  };
  const environment: ClassEnvironment = { target, dataDir: server.dataDir, databaseFile: path.join(server.dataDir, 'instances/main/metadata.sqlite'), metricsPort };
  for (const c of [createHostileNames(target, new SeededRandom(seed))]) {
    const r = await runClass(c, environment);
    console.log({ ...r, failures: r.failures.length }, findClassFaults(r));
    const groups = Map.groupBy(r.failures, (f) => f.replace(/^.*?": /s,'').replace(/"[^"]*"/g,'"…"').slice(0,150)); for (const [k,v] of groups) console.log(v.length, k, '\n      ', v.slice(0,4).join('\n       '));
  }
} finally {
  await server.stop();
}
