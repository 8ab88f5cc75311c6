import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { jsonRequest, readDocument } from '../management/json-request.ts';
import { type Page, SESSION, SESSIONS, withPage } from '../management/page.ts';
import type { RawRequest } from '../raw-request.ts';

interface Session {
  readonly id: string;
  readonly userId: number;
}

type Attack = (victim: Session) => RawRequest;

const OWN = '/api/roadstead/v1/users';
const remove = (target: string): RawRequest => ({ method: 'DELETE', target });

/** What somebody without rights asks for, and which answers are right. */
const ATTACKS: Readonly<Record<string, readonly [Attack, readonly number[]]>> = {
  'by its id': [({ id }) => remove(`${SESSIONS}/${id}`), [404]],
  'by its id in upper case': [({ id }) => remove(`${SESSIONS}/${id.toUpperCase()}`), [404]],
  'by its id and a slash': [({ id }) => remove(`${SESSIONS}/${id}/`), [404]],
  'by its id behind a climb': [({ id }) => remove(`${SESSIONS}/x/../${id}`), [404]],
  'by its id behind an encoded climb': [({ id }) => remove(`${SESSIONS}/..%2F${id}`), [404]],
  'by its id and a NUL': [({ id }) => remove(`${SESSIONS}/${id}%00`), [400, 404, 422]],
  'by its id in a list': [({ id }) => remove(`${SESSIONS}/x,${id}`), [404]],
  'by its id in SQL': [({ id }) => remove(`${SESSIONS}/x%27%20or%20id=%27${id}`), [404, 422]],
  'by a wildcard': [() => remove(`${SESSIONS}/%25`), [404]],
  'by an underscore': [({ id }) => remove(`${SESSIONS}/${'_'.repeat(id.length)}`), [404]],
  'by the way of administrators': [({ id, userId }) => remove(`${OWN}/${userId}/sessions/${id}`), [403]],
  'with all others of its user': [({ userId }) => remove(`${OWN}/${userId}/sessions`), [403]],
  'with those of user 0': [() => remove(`${OWN}/0/sessions`), [403]],
  'in a list': [({ userId }) => ({ method: 'GET', target: `${OWN}/${userId}/sessions` }), [403]],
};

/** Requests about the own sessions that speak of somebody else's, and must not be heard in that. */
const POINTERS: Readonly<Record<string, Attack>> = {
  'user in the query': ({ userId }) => remove(`${SESSIONS}?user=${userId}&user_id=${userId}&userId=${userId}`),
  'id in the query': ({ id }) => remove(`${SESSIONS}?id=${id}&session=${id}`),
  'user in the body': ({ userId, id }) => jsonRequest('DELETE', SESSIONS, { user: userId, userId, id, session: id }),
  'user in a header': ({ userId }) => ({
    ...remove(SESSIONS),
    headers: [['X-User-Id', String(userId)] as const, ['X-Forwarded-User', String(userId)] as const],
  }),
  'user in a query of the list': ({ userId }) => ({ method: 'GET', target: `${SESSIONS}?user=${userId}&user_id=1` }),
};

/** Who is signed in sees and ends the own sessions, and those of nobody else. */
export function createForeignSessionCases({ accounts }: Target): readonly FaultCase[] {
  const attacked = (
    name: string,
    attack: (run: CaseRun, attacker: Page, victim: Session) => Promise<void>,
  ): FaultCase => ({
    name: `somebody else's session ${name}`,
    run: (run) =>
      withPage(run, accounts.owner, async (victim) => {
        const { id, user } = readDocument<{ id: string; user: { id: number } }>(
          await victim.send({ method: 'GET', target: SESSION }),
        );
        await withPage(run, accounts.outsider, (attacker) => attack(run, attacker, { id, userId: user.id }));
        if (!(await victim.isSignedIn())) run.complain("somebody else's session has ended");
      }),
  });
  return [
    ...Object.entries(ATTACKS).flatMap(([name, [attack, allowed]]) => [
      attacked(`${name}, in a session`, async (run, attacker, victim) => {
        const request = attack(victim);
        const answer = await attacker.send(request);
        const status = typeof answer === 'string' ? answer : answer.status;
        if (!allowed.some((each) => each === status)) run.complain(`${status} rather than ${allowed.join(' or ')}`);
      }),
      attacked(`${name}, without credentials`, async (run, _, victim) => {
        await expectStatus(run, { ...attack(victim), isAnonymous: true }, [400, 401, 404, 422]);
      }),
    ]),
    ...Object.entries(POINTERS).map(([name, attack]) =>
      attacked(`as the ${name}`, async (run, attacker, victim) => {
        const answer = await attacker.send(attack(victim));
        if (typeof answer !== 'string' && answer.body.includes(victim.id)) run.complain('the id of the session shows');
      }),
    ),
  ];
}
