import { statusOf } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { percentEncode, type RawRequest, showBytes, toByteString } from '../raw-request.ts';
import { askInert } from './check-inert.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

const OWN = '/api/roadstead/v1';
const HARBOR = '/api/v2.0';

/** Where a text stands in a query, `%` in its place; the names of what is found with it. */
const QUERIES: readonly string[] = [
  ...['actor', 'kind', 'project', 'repository', 'address', 'q', 'since', 'until', 'before', 'limit'].map(
    (name) => `${OWN}/audit/entries?${name}=%`,
  ),
  ...['actor', 'kind', 'q'].flatMap((name) => [
    `${OWN}/audit/entries.csv?${name}=%`,
    `${OWN}/audit/entries.jsonl?${name}=%`,
  ]),
  ...['q=%', 'q=username%3D%', 'q=username%3D~%', 'sort=%', 'page=%', 'page_size=%'].map(
    (query) => `${HARBOR}/users?${query}`,
  ),
  ...['name=%', 'owner=%', 'q=name%3D~%', 'sort=%', 'public=%', 'x=%'].map(
    (query) => `${HARBOR}/projects?page_size=1&${query}`,
  ),
  ...['q=%', 'q=name%3D~%', 'q=Level%3Dproject%2CProjectID%3D%', 'sort=%'].map((query) => `${HARBOR}/robots?${query}`),
  ...[
    `${HARBOR}/users/search?username=%`,
    `${HARBOR}/usergroups?group_name=%`,
    `${HARBOR}/usergroups/search?groupname=%`,
  ],
  ...[`${HARBOR}/projects/faults/members?entityname=%`, `${HARBOR}/users/current/permissions?scope=%&relative=%`],
  ...[`${OWN}/users?username=%`, `${OWN}/groups?name=%`, `${OWN}/access-tokens?user=%`, `${OWN}/executions?kind=%`],
  ...[`${OWN}/access/explain?resource=repository&action=pull&as=user:%`, `${OWN}/access/explain?resource=%&action=%`],
  ...[
    `${OWN}/access/explain?resource=repository&action=pull&project=%&repository=%`,
    `${OWN}/projects/faults/trash?repository=%`,
  ],
];

/** Where a text stands in a path. */
const PATHS: readonly string[] = [
  ...['projects/%', 'projects/%/members', 'projects/faults/members/%', 'users/%', 'robots/%', 'usergroups/%'].map(
    (path) => `${HARBOR}/${path}`,
  ),
  ...[
    'users/%',
    'users/%/sessions',
    'users/1/sessions/%',
    'projects/%/visibility',
    'projects/%/trash',
    'jobs/%/log',
  ].map((path) => `${OWN}/${path}`),
  ...['groups/%/members', 'executions/%', 'audit/proofs/entries/%', '%'].map((path) => `${OWN}/${path}`),
  ...[`${HARBOR}/%`, '/%', '/c/%', '/service/%', '/api/%'],
];

/** Lists that are asked for what a name has in it: nothing here has such a text in its name. */
const FILTERS: Readonly<Record<string, string>> = {
  'projects by name': `${HARBOR}/projects?name=%`,
  'projects by expression': `${HARBOR}/projects?q=name%3D~%`,
  'users by search': `${HARBOR}/users/search?username=%`,
  'users by expression': `${HARBOR}/users?q=username%3D~%`,
  'groups by name': `${HARBOR}/usergroups?group_name=%`,
  'robots by expression': `${HARBOR}/robots?q=Level%3Dproject%2CProjectID%3D1%2Cname%3D~%`,
  'members by name': `${HARBOR}/projects/faults/members?entityname=%`,
  'users by name': `${OWN}/users?username=%`,
};
const WILDCARDS = [
  '%',
  '_',
  '%%',
  '%a%',
  '____',
  'a_m_n',
  '[a-z]',
  '*',
  '?',
  '\\',
  '\\%',
  "' or '1'='1",
  'x%27%20or%201=1',
  '.*',
];

/** Texts in queries and paths, which find nothing that is not there and change nothing of the answer's form. */
export function createQueryTextCases(): readonly FaultCase[] {
  return [
    ...HOSTILE_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} in queries`,
        run: async (run) => {
          for (const query of QUERIES) await askEncoded(run, 'GET', query, text);
        },
      }),
    ),
    ...HOSTILE_TEXTS.map(
      (text): FaultCase => ({
        name: `${showBytes(text)} in paths`,
        run: async (run) => {
          for (const path of PATHS) {
            await askEncoded(run, 'GET', path, text);
            await askEncoded(run, 'DELETE', `${path}%00`, text);
          }
        },
      }),
    ),
    ...Object.entries(FILTERS).flatMap(([name, query]) =>
      WILDCARDS.map(
        (wildcard): FaultCase => ({
          name: `${name} with ${showBytes(wildcard)}`,
          run: async (run) => {
            const answer = await askEncoded(run, 'GET', query, wildcard);
            if (typeof answer === 'string' || answer.status !== 200) return;
            const found: unknown = JSON.parse(answer.body.toString('utf8'));
            const items = Array.isArray(found) ? found : (found as { readonly items: readonly unknown[] }).items;
            if (items.length > 0) run.complain(`it finds ${JSON.stringify(items).slice(0, 200)}`);
          },
        }),
      ),
    ),
  ];
}

async function askEncoded(run: CaseRun, method: string, form: string, text: string) {
  const encoded = percentEncode(toByteString(text));
  // The escapes that the form has itself stay.
  const target = form.replaceAll(/%(?![0-9A-F]{2})/g, () => encoded);
  const request: RawRequest = { method, target };
  const answer = await askInert(run, request);
  const status = Number(statusOf(answer));
  if (status > 299 && (status < 400 || status > 499)) run.complain(`${method} ${showBytes(target)}: ${status}`);
  return answer;
}
