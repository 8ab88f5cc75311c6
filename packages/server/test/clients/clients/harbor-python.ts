import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClientHome } from '../bench/client-home.ts';
import { type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { type HarborOperation, harborOperations } from '../bench/harbor-operation.ts';
import { createHarborCells, HARBOR_PROGRAMS, HarborSession } from '../bench/harbor-session.ts';

const program = path.join(HARBOR_PROGRAMS, 'python/walk_generated.py');

/** What the other clients walk through, and this one need not. */
const WITHOUT: readonly HarborOperation[] = [
  ...(['retention', 'immutability', 'webhooks', 'registries', 'replication', 'scanners', 'scan all'] as const),
  ...(['preheat', 'audit log purge', 'leave nothing behind'] as const),
];

/** Makes the client of the document that the server shows to everybody; returns the folder to import it from. */
async function generate(home: ClientHome, api: string, python: string): Promise<string> {
  const answer = await fetch(`${api}/openapi.json`);
  if (answer.status !== 200) throw new Error(`GET ${api}/openapi.json answered ${answer.status}`);
  const folder = home.path('generated');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'openapi.json'), await answer.text());
  // Its code is run as it is: no formatter has to be there.
  writeFileSync(path.join(folder, 'config.yaml'), 'post_hooks: []\n');
  const form = [
    '--path',
    'openapi.json',
    '--config',
    'config.yaml',
    '--meta',
    'none',
    '--output-path',
    'harbor_client',
  ];
  await home.run(python, ['-m', 'openapi_python_client', 'generate', ...form], { cwd: folder });
  return folder;
}

/** A Python client that openapi-python-client makes of the served document. */
export function harborPythonSuite(version: string): ClientSuite {
  let python = '';
  let env: Readonly<Record<string, string>> = {};
  return createSuite<HarborSession>({
    client: 'Python client by openapi-python-client',
    version,
    tools: ['crane', 'openapi-python-client'],
    async open(bench) {
      const { interpreter, folder } = await bench.toolbox.getPython('openapi-python-client');
      python = interpreter;
      const home = bench.makeHome('harbor-python', { env: { PYTHONPATH: folder } });
      const session = await HarborSession.open(bench, 'tool-python', home);
      const generated = await generate(home, session.api, python);
      env = {
        PYTHONPATH: [folder, generated].join(path.delimiter),
        WALK_CREDENTIALS: Buffer.from(bench.registry.credentials).toString('base64'),
      };
      return session;
    },
    cells: createHarborCells(
      harborOperations.filter((operation) => !WITHOUT.includes(operation)),
      (session, operation) => session.home.run(python, [program, operation], { env: { ...session.env, ...env } }),
    ),
  });
}
