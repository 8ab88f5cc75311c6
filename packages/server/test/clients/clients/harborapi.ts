import path from 'node:path';
import { type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { harborOperations } from '../bench/harbor-operation.ts';
import { createHarborCells, HARBOR_PROGRAMS, HarborSession } from '../bench/harbor-session.ts';

const program = path.join(HARBOR_PROGRAMS, 'python/walk_harborapi.py');

/** The library harborapi, which holds every answer against models of Harbor's interface. */
export function harborapiSuite(version: string): ClientSuite {
  let python = '';
  return createSuite<HarborSession>({
    client: 'harborapi',
    version,
    tools: ['crane', 'harborapi'],
    async open(bench) {
      const { interpreter, folder } = await bench.toolbox.getPython('harborapi');
      python = interpreter;
      return HarborSession.open(bench, 'tool-harborapi', bench.makeHome('harborapi', { env: { PYTHONPATH: folder } }));
    },
    cells: createHarborCells(
      harborOperations.filter((operation) => operation !== 'leave nothing behind'),
      (session, operation) => session.home.run(python, [program, operation], { env: session.env }),
    ),
  });
}
