import { type ClientSuite, createSuite } from '../bench/client-suite.ts';
import { harborOperations } from '../bench/harbor-operation.ts';
import { createHarborCells, HarborSession } from '../bench/harbor-session.ts';

/** A Go client that go-swagger makes of Harbor's interface, which is how Harbor's own is made. */
export function harborGoSuite(version: string): ClientSuite {
  let program = '';
  return createSuite<HarborSession>({
    client: 'Go client by go-swagger',
    version,
    tools: ['crane', 'harbor-go'],
    async open(bench) {
      program = await bench.toolbox.get('harbor-go');
      return HarborSession.open(bench, 'tool-go', bench.makeHome('harbor-go'));
    },
    cells: createHarborCells(
      harborOperations.filter((operation) => operation !== 'leave nothing behind'),
      (session, operation) => session.home.run(program, [operation], { env: session.env }),
    ),
  });
}
