// `npm run test:faults`: hostile input against a listening server, and a defective stand-in that every class must see.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findFreePort, startRoadstead } from '../support/start-roadstead.ts';
import { createHostileFraming } from './classes/hostile-framing.ts';
import { createHostileNames } from './classes/hostile-names.ts';
import { createHostileRanges } from './classes/hostile-ranges.ts';
import { createHostileReferences } from './classes/hostile-references.ts';
import { createHostileRequests } from './classes/hostile-requests.ts';
import { createMutatedManifests } from './classes/mutated-manifests.ts';
import type { ClassResult, FaultClass, Target } from './fault-class.ts';
import { renderFailures, renderTable, sumUp } from './report.ts';
import { type ClassEnvironment, runClass } from './run-class.ts';
import { basicAuthorization, seedRegistry } from './seed-registry.ts';
import { SeededRandom } from './seeded-random.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const seed = Number(process.env['FAULTS_SEED'] ?? 20_260_101);
const metricsPort = await findFreePort();
const server = await startRoadstead({ env: { ROADSTEAD_METRICS_LISTEN: `127.0.0.1:${metricsPort}`, ROADSTEAD_HEADERS_TIMEOUT: '2s' } });
try {
  const content = await seedRegistry(server, new SeededRandom(seed));
  const target: Target = {
    host: server.host, port: Number(server.host.split(':')[1]), authorization: basicAuthorization(server.admin), content,
    secrets: [server.dataDir, ROOT, server.admin.password],
  };
  const environment: ClassEnvironment = { target, dataDir: server.dataDir, databaseFile: path.join(server.dataDir, 'instances/main/metadata.sqlite'), metricsPort };
  const rs: ClassResult[] = [];
  const only = process.argv[2];
  for (const make of [createHostileNames, createHostileReferences, createHostileRanges, createMutatedManifests, createHostileFraming, createHostileRequests]) {
    const c: FaultClass = make(target, new SeededRandom(seed));
    if (only !== undefined && c.name !== only) continue;
    const r = await runClass(c, environment);
    rs.push(r);
    console.log(renderFailures(r));
    await writeFile(`/tmp/faults-${r.name}.txt`, r.failures.join('\n'));
  }
  console.log(renderTable(rs), sumUp(rs, []));
} finally {
  await writeFile('/tmp/faults-server.log', server.log());
  await server.stop();
}
