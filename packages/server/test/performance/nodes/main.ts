// `npm run bench:nodes`: what a request costs, in CPU time and statements, on one node and on several, and on SQLite. How many
// requests a second several nodes answer cannot be seen on one machine; that each costs the same with them can.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../measure/describe-machine.ts';
import { type CostCell, measureCosts } from './measure-costs.ts';
import { openPlaces, PLACES, type PlaceName } from './open-places.ts';
import { renderCosts } from './render-costs.ts';

const USAGE = `npm run bench:nodes -- [options]

  --requests N   requests of each kind (default 6000); pushes are a thirtieth of it
  --places A,B   of ${PLACES.join(', ')}
  --out DIR      where the report goes (default: only printed)
  --json         print JSON instead of the table
  --help
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '6000' },
      places: { type: 'string', default: PLACES.join(',') },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const requests = Number(values.requests);
  const names = values.places.split(',');
  if (values.help || !Number.isInteger(requests) || requests < 300 || !names.every(isPlace)) {
    (values.help ? console.log : console.error)(USAGE);
    return values.help ? 0 : 2;
  }
  const workDir = mkdtempSync(path.join(tmpdir(), 'roadstead-nodes-'));
  try {
    const cells: CostCell[] = [];
    for await (const place of openPlaces(names, workDir)) {
      console.error(`${place.name}: ${place.nodes.length} nodes`);
      cells.push(...(await measureCosts(place, requests)));
    }
    const report = { machine: describeMachine(), requests, cells };
    const table = renderCosts(cells);
    console.log(values.json ? JSON.stringify(report, undefined, 2) : table);
    if (values.out !== undefined) {
      mkdirSync(values.out, { recursive: true });
      writeFileSync(path.join(values.out, 'nodes.json'), `${JSON.stringify(report, undefined, 2)}\n`);
      writeFileSync(path.join(values.out, 'nodes.md'), table);
    }
    return 0;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

function isPlace(name: string): name is PlaceName {
  return (PLACES as readonly string[]).includes(name);
}

process.exitCode = await main();
// The servers that it has started end with it; connections of theirs may still be closing.
process.exit();
