import type { FaultCase } from '../fault-class.ts';
import { isDone, jsonRequest, readDocument } from '../management/json-request.ts';
import { freshName, Stage } from '../management/stage.ts';
import { showBytes } from '../raw-request.ts';
import { askInert } from './check-inert.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

const OWN = '/api/roadstead/v1';
const HARBOR = '/api/v2.0';
const ACCESS = [{ resource: 'repository', action: 'pull' }];

/** An object with a text in it. */
interface Bearer {
  readonly what: string;
  readonly target: string;
  readonly body: (text: string) => object;
  /** Where it is seen again, by the id of what was made. */
  readonly shownAt: (id: number) => string;
  readonly removedAt: (id: number) => string;
}

function robot(name: string, description: string, namespace = 'faults-scratch'): object {
  const permissions = [{ kind: 'project', namespace, access: ACCESS }];
  return { name, description, level: 'project', duration: 1, permissions };
}

const simple = (what: string, base: string, body: Bearer['body'], list = false): Bearer => ({
  what,
  target: base,
  body,
  shownAt: (id) => (list ? base : `${base}/${id}`),
  removedAt: (id) => `${base}/${id}`,
});

const BEARERS: readonly Bearer[] = [
  simple('the name of a project', `${HARBOR}/projects`, (text) => ({ project_name: text })),
  simple('the metadata of a project', `${HARBOR}/projects`, (text) => ({
    project_name: freshName(),
    metadata: { visibility: text, [text]: 'false' },
  })),
  simple('the name of a robot', `${HARBOR}/robots`, (text) => robot(text, '')),
  simple('the description of a robot', `${HARBOR}/robots`, (text) => robot(freshName(), text)),
  simple('the place of a permission', `${HARBOR}/robots`, (text) => robot(freshName(), '', text)),
  simple('the secret of a robot', `${HARBOR}/robots`, (text) => ({ ...robot(freshName(), ''), secret: `Aa1${text}` })),
  simple('the name of a role', `${OWN}/roles`, (text) => ({ name: text, permissions: ['repository:pull'] }), true),
  simple(
    'the description of a role',
    `${OWN}/roles`,
    (text) => ({ name: freshName(), description: text, permissions: ['repository:pull'] }),
    true,
  ),
  simple('the permission of a role', `${OWN}/roles`, (text) => ({ name: freshName(), permissions: [text] }), true),
  simple('the name of a group', `${HARBOR}/usergroups`, (text) => ({ group_name: text, group_type: 2 })),
  simple('the DN of a group', `${HARBOR}/usergroups`, (text) => ({
    group_name: freshName(),
    group_type: 1,
    ldap_group_dn: text,
  })),
  simple('the name of an access token', `${OWN}/access-tokens`, (text) => ({ name: text }), true),
  simple('the name of a user', `${OWN}/users`, (text) => ({ username: text, password: 'Lawful-31415' })),
  simple('the e-mail address of a user', `${OWN}/users`, (text) => ({
    ...{ username: freshName(), password: 'Lawful-31415', email: `${text}@example.com` },
  })),
  simple('the real name of a user', `${OWN}/users`, (text) => ({
    ...{ username: freshName(), password: 'Lawful-31415', realName: text, comment: text },
  })),
];

/** Requests that only name something. */
const MENTIONS: Readonly<Record<string, (text: string) => readonly [string, string, object]>> = {
  'a member': (text) => [
    'POST',
    `${HARBOR}/projects/faults-scratch/members`,
    { role_id: 5, member_user: { username: text } },
  ],
  'the group of a member': (text) => [
    'POST',
    `${HARBOR}/projects/faults-scratch/members`,
    { role_id: 5, member_group: { group_name: text, group_type: 2 } },
  ],
  'a pattern of repositories': (text) => [
    'POST',
    `${HARBOR}/projects/faults-scratch/members`,
    { role_id: 5, member_user: { username: 'nobody-of-this-name' }, repositories: text },
  ],
  'a visibility': (text) => ['PUT', `${OWN}/projects/faults-scratch/visibility`, { visibility: text }],
  'a setting': (text) => ['PUT', `${OWN}/access-settings`, { [text]: text }],
  'a receiver': (text) => ['PUT', `${OWN}/audit/forwarding`, { target: { kind: text, host: text, port: 1 } }],
  'a field of a receiver': (text) => [
    'PUT',
    `${OWN}/audit/forwarding`,
    { target: { kind: 'syslog', [`x${text}`]: 1 } },
  ],
  'a witness': (text) => ['PUT', `${OWN}/audit/witnesses/x`, { kind: 'webhook', url: text, authorization: text }],
  'a network': (text) => [
    'PUT',
    `${OWN}/network-rules`,
    { management: [{ network: text, effect: text }], registry: [] },
  ],
  'a mode': (text) => ['POST', `${OWN}/garbage-collection/runs`, { mode: text }],
};

/** Texts in names and descriptions: refused, or kept as they are and shown as JSON; said twice, the refusal is inert, too. */
export function createNameCases(): readonly FaultCase[] {
  return [
    ...BEARERS.flatMap((bearer) =>
      HOSTILE_TEXTS.map(
        (text): FaultCase => ({
          name: `${showBytes(text)} as ${bearer.what}`,
          run: async (run) => {
            await using stage = new Stage(run);
            const body = bearer.body(text);
            const answer = await askInert(run, jsonRequest('POST', bearer.target, body));
            if (!isDone(answer)) return;
            const location = answer.headers.get('location')?.split('/').at(-1);
            const id = location === undefined ? readDocument<{ id: number }>(answer).id : Number(location);
            stage.remove(bearer.removedAt(id));
            await askInert(run, jsonRequest('POST', bearer.target, body));
            const shown = await askInert(run, { method: 'GET', target: bearer.shownAt(id) });
            if (!isDone(shown)) run.complain('what was made is not shown');
          },
        }),
      ),
    ),
    ...Object.entries(MENTIONS).map(
      ([what, mention]): FaultCase => ({
        name: `hostile texts as ${what}`,
        run: async (run) => {
          for (const text of HOSTILE_TEXTS) {
            const answer = await askInert(run, jsonRequest(...mention(text)));
            if (isDone(answer)) run.complain(`${showBytes(text)} was taken`);
          }
        },
      }),
    ),
    {
      name: 'hostile texts in a profile',
      run: async (run) => {
        await using stage = new Stage(run);
        const { id } = await stage.account();
        for (const text of HOSTILE_TEXTS) {
          for (const field of ['email', 'realname', 'comment', text]) {
            await askInert(run, jsonRequest('PUT', `${HARBOR}/users/${id}`, { [field]: text }));
          }
          await askInert(run, { method: 'GET', target: `${HARBOR}/users/${id}` });
        }
      },
    },
  ];
}
