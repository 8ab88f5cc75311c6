import type { CaseRun, FaultCase } from '../fault-class.ts';
import { isDone } from '../management/json-request.ts';
import { freshName, Stage } from '../management/stage.ts';
import { showBytes } from '../raw-request.ts';
import type { BodyRoute, OpenRoute } from './body-route.ts';
import { MISSHAPEN, memberName, SMUGGLED } from './smuggled-members.ts';

const ALL = [...Object.keys(SMUGGLED), 'its shape'];

/** Makes a body of the lawful members. */
type MakeBody = (members: string) => string;

/** Smuggled members into every body: each is refused, or has no effect. */
export function createMemberCases(routes: readonly BodyRoute[]): readonly (FaultCase & { readonly bodies: number })[] {
  return routes.flatMap((route) => {
    const families = route.families ?? ALL;
    const groups = route.isWhole ? [families] : families.map((family) => [family]);
    return groups.map((group) => {
      const bodies = group.flatMap((family) => listBodies(family, route.takes));
      return {
        name: `${route.route} by ${route.as}, with ${group.join(', ')}`,
        bodies: bodies.length,
        run: (run: CaseRun) => tryBodies(run, route, bodies),
      };
    });
  });
}

function listBodies(family: string, takes: readonly string[]): readonly MakeBody[] {
  if (family === 'its shape') return MISSHAPEN.map((shape) => (members) => shape(`{${members}}`));
  const smuggled = (SMUGGLED[family] ?? []).filter((text) => !takes.includes(memberName(text)));
  // Before the lawful ones and behind them, in turns.
  return smuggled.map((text, index) =>
    index % 2 === 0 ? (members) => `{${members},${text}}` : (members) => `{${text},${members}}`,
  );
}

async function tryBodies(run: CaseRun, route: BodyRoute, bodies: readonly MakeBody[]): Promise<void> {
  await using stage = new Stage(run);
  const open = await route.open(run, stage);
  const lawful: MakeBody = (members) => `{${members}}`;
  const expected = await tryBody(run, open, lawful);
  if (!expected.isTaken) {
    run.complain('what is lawful was refused');
    return;
  }
  for (const make of bodies) {
    const { seen } = await tryBody(run, open, make);
    if (seen === undefined || seen === expected.seen) continue;
    run.complain(`${showBytes(make('…'))} had an effect: ${seen} rather than ${expected.seen}`);
  }
  const after = await tryBody(run, open, lawful);
  if (after.seen !== expected.seen) run.complain(`what is lawful comes to something else afterwards: ${after.seen}`);
  for (const wrong of (await open.prove?.()) ?? []) run.complain(wrong);
}

interface Outcome {
  readonly isTaken: boolean;
  /** By the administrator; undefined when there is nothing to see. */
  readonly seen: string | undefined;
}

async function tryBody(run: CaseRun, open: OpenRoute, make: MakeBody): Promise<Outcome> {
  const name = freshName();
  const answer = await run.ask(open.request(make(open.members(name))));
  if (typeof answer === 'string') {
    run.complain(`no answer came: ${answer}`);
    return { isTaken: false, seen: undefined };
  }
  const isTaken = isDone(answer);
  if (open.remove === undefined) return { isTaken, seen: await open.view(name, answer) };
  if (!isTaken) return { isTaken, seen: undefined };
  const seen = await open.view(name, answer);
  await open.remove(name, answer);
  return { isTaken, seen };
}
