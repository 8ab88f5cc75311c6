import path from 'node:path';
import { type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { type HarborOperation, harborOperations } from '../bench/harbor-operation.ts';
import { createHarborCells, HARBOR_PROGRAMS, HarborSession } from '../bench/harbor-session.ts';

const program = path.join(HARBOR_PROGRAMS, 'python/walk_harbor_cli.py');

/** What harbor-cli has no commands for; it adds labels without the id by which Harbor knows them. */
const WITHOUT: readonly HarborOperation[] = ['robots', 'labels', 'immutability', 'preheat', 'leave nothing behind'];

/** The commands of the harbor-cli that PyPI has: somebody else's than the one of Harbor's own project. */
export function harborCliSuite(version: string): ClientSuite {
  let python = '';
  return createSuite<HarborSession>({
    client: 'harbor-cli (PyPI)',
    version,
    tools: ['crane', 'harbor-cli'],
    async open(bench) {
      const { interpreter, folder } = await bench.toolbox.getPython('harbor-cli');
      python = interpreter;
      const home = bench.makeHome('harbor-cli', { env: { PYTHONPATH: folder } });
      const session = await HarborSession.open(bench, 'tool-cli', home);
      const { host, access } = bench.registry;
      const crane = await bench.toolbox.get('crane');
      await home.run(crane, ['push', bench.images.amd64.layout, `${host}/${access.project}/tool-cli-app:v1`]);
      return session;
    },
    cells: createHarborCells(
      harborOperations.filter((operation) => !WITHOUT.includes(operation)),
      (session, operation) => session.home.run(python, [program, operation], { env: session.env }),
    ),
  });
}
