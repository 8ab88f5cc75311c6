import { parseCsv } from '../../support/parse-csv.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { isDone, jsonRequest, readDocument } from '../management/json-request.ts';
import { freshName, Stage } from '../management/stage.ts';
import { showBytes } from '../raw-request.ts';
import { nextClientAddress } from '../trusted-proxy.ts';
import { askInert } from './check-inert.ts';
import { findCellFaults } from './find-cell-faults.ts';
import { HOSTILE_TEXTS, toHeaderValue } from './hostile-texts.ts';

const ENTRIES = '/api/roadstead/v1/audit/entries';
const ROLES = '/api/roadstead/v1/roles';
const MAX_USER_AGENT_LENGTH = 256;

interface Entry {
  readonly id: number;
  readonly userAgent: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What somebody did whose program and whose words are hostile, in the audit log's three forms. */
export function createAuditCases({ authorization }: Target): readonly FaultCase[] {
  return HOSTILE_TEXTS.map(
    (text): FaultCase => ({
      name: `${showBytes(text)} in the audit log`,
      run: async (run) => {
        await using stage = new Stage(run);
        // By it the entries of this case are found, and no others.
        const address = nextClientAddress();
        const agent = toHeaderValue(text);
        const headers = [
          ['Authorization', authorization],
          ['X-Forwarded-For', address],
          ['User-Agent', agent],
          ['X-Request-Id', agent],
        ] as const;
        const bodies = [text, `${text} `, ` ${text}`].map((description) => {
          return { name: freshName(), description, permissions: ['repository:pull'] };
        });
        let made = 0;
        for (const body of [...bodies, { name: text, permissions: ['repository:pull'] }]) {
          const answer = await run.ask(jsonRequest('POST', ROLES, body, headers));
          if (!isDone(answer)) continue;
          made += 1;
          stage.remove(`${ROLES}/${readDocument<{ id: number }>(answer).id}`);
        }
        await compareForms(run, { address, agent, made });
      },
    }),
  );
}

interface Made {
  readonly address: string;
  readonly agent: string;
  /** How many entries there are to be. */
  readonly made: number;
}

async function compareForms(run: CaseRun, { address, agent, made }: Made): Promise<void> {
  const query = `?address=${address}&kind=role.created`;
  const page = await askInert(run, { method: 'GET', target: `${ENTRIES}${query}` });
  const { items } = readDocument<{ items: readonly Entry[] }>(page);
  if (items.length !== made) run.complain(`${items.length} entries rather than ${made}`);
  for (const { userAgent } of items) {
    // A header's blanks at its ends are none of its value.
    if (userAgent !== agent.trim().slice(0, MAX_USER_AGENT_LENGTH))
      run.complain(`the program is ${showBytes(userAgent)}`);
  }
  const lines = await readText(run, `${ENTRIES}.jsonl${query}`);
  const documents = lines.split('\n').slice(0, -1);
  if (
    JSON.stringify(documents.map((line) => (JSON.parse(line) as Entry).id)) !==
    JSON.stringify(items.map(({ id }) => id))
  ) {
    run.complain('JSON lines tell of other entries');
  }
  const csv = await readText(run, `${ENTRIES}.csv${query}`);
  const records = parseCsv(csv);
  for (const fault of findCellFaults(records)) run.complain(`CSV: ${fault}`);
  const ids = records.slice(1).map(([id]) => Number(id));
  if (JSON.stringify(ids) !== JSON.stringify(items.map(({ id }) => id))) run.complain('CSV tells of other entries');
  if (csv.split('\n').length !== items.length + 2) run.complain('CSV has other lines than entries');
}

async function readText(run: CaseRun, target: string): Promise<string> {
  const answer = await askInert(run, { method: 'GET', target });
  return typeof answer === 'string' ? '' : answer.body.toString('utf8');
}
