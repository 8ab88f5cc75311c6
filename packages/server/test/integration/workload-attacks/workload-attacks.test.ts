import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../../in-process/test-database.ts';
import { GITHUB_CLAIMS, GITLAB_CLAIMS, KUBERNETES_CLAIMS } from '../../in-process/workload-claims.ts';
import { accessOf, WORKLOAD_SCOPE } from '../../in-process/workload-stage.ts';
import { AttackStage, SECOND_AUDIENCE } from './attack-stage.ts';
import { DEFECTS } from './planted-defects.ts';
import { runAttacks, WORKLOAD_ATTACKS } from './run-attacks.ts';

const MIN_ATTACKS = 250;
const MIN_DEFECTS = 40;

/** What each rule is for: were one of them out of order, to get past it would be no feat. */
const RIGHT: readonly object[] = [
  GITHUB_CLAIMS,
  { ref: 'refs/tags/v1' },
  { ...GITLAB_CLAIMS, repository: 'x/y' },
  { ...KUBERNETES_CLAIMS, repository: 'x/y' },
  { repository: 'wide-org/a' },
  { repository: 'octo-org/dot.app' },
  { repository: 'kelvin-org/caf\u00e9' },
  { repository: 'x/y', sub: 'repo:octo-org/site:ref:refs/heads/main' },
  { repository: 'octo-org/env', environment: 'x'.repeat(1024) },
  { repository: 'x/y', groups: ['team/web', 'team/ci'] },
  { repository: 'x/y', account_id: '9007199254740992' },
  { repository: 'octo-org/second', aud: SECOND_AUDIENCE },
];

describe.each(ENGINES)('workloads that attack on %s', (engine) => {
  let stage: AttackStage;
  beforeAll(async () => {
    stage = await AttackStage.open(engine);
  });
  afterAll(() => stage?.close());

  it('would get in by tokens that are right', async () => {
    for (const claims of RIGHT) {
      const token = await stage.sign(claims);
      expect(accessOf(await stage.base.exchange(token))).toEqual(['team/app:pull,push']);
      expect((await stage.base.explain(token)).rules.filter(({ takes }) => takes)).toHaveLength(1);
    }
    await stage.enter(await stage.signAt('tenant'));
    const asAdmin = await stage.base.login(await stage.sign(), WORKLOAD_SCOPE, 'admin');
    expect(asAdmin.statusCode).toBe(401);
  });

  it(`gain nothing by any of ${WORKLOAD_ATTACKS.length} attacks`, async () => {
    const names = WORKLOAD_ATTACKS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(MIN_ATTACKS);
    expect(await runAttacks(stage, { inEveryWay: true })).toEqual([]);
    expect(stage.stranger.asked).toEqual([]);
  });
});

describe(`the table of ${WORKLOAD_ATTACKS.length} attacks`, () => {
  const seen = new Map<string, number>();

  it.each(DEFECTS)('sees that $name', async ({ name, edits, seenBy }) => {
    const worker = new Worker(new URL('./run-attacks-worker.ts', import.meta.url), { workerData: edits, execArgv: [] });
    const [gained] = (await once(worker, 'message')) as [readonly string[]];
    expect(gained).toContain(seenBy);
    seen.set(name, gained.length);
  });

  it(`sees each of ${DEFECTS.length} defects`, () => {
    expect(DEFECTS.length).toBeGreaterThanOrEqual(MIN_DEFECTS);
    expect(seen.size).toBe(DEFECTS.length);
    const lines = [...seen].map(([name, count]) => `  ${String(count).padStart(3)} attacks: ${name}`);
    console.log(
      `${WORKLOAD_ATTACKS.length} attacks, ${seen.size} of ${DEFECTS.length} defects seen\n${lines.join('\n')}`,
    );
  });
});
