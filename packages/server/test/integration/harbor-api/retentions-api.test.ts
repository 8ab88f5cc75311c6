import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const SELECTORS = {
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: '**', extras: '{"untagged":true}' }],
  scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }] },
};
const rule = (template: string, params: object, more: object = {}) => ({ ...SELECTORS, template, params, ...more });
const ALWAYS = rule('always', {});
const onlyTags = (...tag_selectors: object[]) => ({ ...ALWAYS, tag_selectors });

describe.each(ENGINES)("Harbor's retention on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  let outsider: RegistryClient;
  let count = 0;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    outsider = await registry.createUser('outsider');
  });
  afterAll(async () => {
    console.info(`${harbor.count} answers as Harbor's contract has them`);
    await registry.close();
  });

  const openProject = async (): Promise<number> => {
    count += 1;
    await registry.admin.createProject(`kept-${count}`);
    const { text } = await registry.admin.get(`/api/v2.0/projects/kept-${count}`);
    return Number(JSON.parse(text).project_id);
  };
  const policyOf = (ref: number, more: object = {}) => ({
    algorithm: 'or',
    rules: [ALWAYS],
    trigger: { kind: 'Schedule', settings: { cron: '' } },
    scope: { level: 'project', ref },
    ...more,
  });
  const create = async (ref: number, more: object = {}): Promise<number> => {
    const made = await harbor.call(registry.admin, 'createRetention', { body: policyOf(ref, more) });
    expect([made.status, made.text]).toEqual([201, '']);
    return Number(made.headers.location?.split('/').at(-1));
  };
  const join = async (ref: number, name: string, role_id: number): Promise<RegistryClient> => {
    const client = await registry.createUser(name);
    const body = { role_id, member_user: { username: name } };
    const made = await harbor.call(registry.admin, 'createProjectMember', {
      params: { project_name_or_id: ref },
      body,
    });
    expect(made.status).toBe(201);
    return client;
  };

  it('policies are made, read, changed and deleted', async () => {
    const { admin } = registry;
    const ref = await openProject();
    const rules = [
      rule('latestPushedK', { latestPushedK: 10 }, { action: 'retain', priority: 3, disabled: true }),
      rule('nDaysSinceLastPull', { nDaysSinceLastPull: 7 }),
    ];
    const id = await create(ref, { rules, trigger: { kind: 'Schedule', settings: { cron: '0 0 3 * * *' } } });
    const params = { id };
    const { json } = await harbor.call(admin, 'getRetention', { params });
    expect(json).toEqual({
      id,
      algorithm: 'or',
      rules: [
        { id: 1, priority: 3, disabled: true, action: 'retain', ...rules[0] },
        { id: 2, priority: 0, disabled: false, action: 'retain', ...rules[1] },
      ],
      trigger: { kind: 'Schedule', settings: { cron: '0 0 3 * * *' }, references: {} },
      scope: { level: 'project', ref },
    });
    expect((await harbor.call(admin, 'createRetention', { body: policyOf(ref) })).status).toBe(400);
    expect((await harbor.call(admin, 'updateRetention', { params, body: { ...json, rules: [] } })).status).toBe(200);
    expect((await harbor.call(admin, 'getRetention', { params })).json).toEqual({ ...json, rules: [] });
    const elsewhere = { ...json, scope: { level: 'project', ref: ref + 1 } };
    expect((await admin.put(`/api/v2.0/retentions/${id}`, JSON.stringify(elsewhere), JSON_TYPE)).status).toBe(400);
    expect((await harbor.call(admin, 'deleteRetention', { params })).status).toBe(200);
    for (const operation of ['getRetention', 'deleteRetention', 'listRetentionExecutions']) {
      expect((await harbor.call(admin, operation, { params })).status).toBe(404);
    }
    expect((await harbor.call(admin, 'updateRetention', { params, body: json })).status).toBe(404);
    await create(ref);
  });

  it.each<[string, object]>([
    ['no scope', { scope: undefined }],
    ['another level', { scope: { level: 'system', ref: 1 } }],
    ['another algorithm', { algorithm: 'and' }],
    ['another action', { rules: [{ ...ALWAYS, action: 'delete' }] }],
    ['a template that is not there', { rules: [rule('newest', {})] }],
    ['no template', { rules: [SELECTORS] }],
    ['no number', { rules: [rule('latestPushedK', {})] }],
    ['a number below nought', { rules: [rule('latestPushedK', { latestPushedK: -1 })] }],
    ['half a number', { rules: [rule('latestPulledN', { latestPulledN: 1.5 })] }],
    ['a text for a number', { rules: [rule('nDaysSinceLastPush', { nDaysSinceLastPush: '7' })] }],
    ['the number of another template', { rules: [rule('latestPushedK', { latestPulledN: 3 })] }],
    ['a number where there is none', { rules: [rule('always', { always: 3, other: 1 })] }],
    ['16 rules', { rules: Array.from({ length: 16 }, (_, n) => rule('latestPushedK', { latestPushedK: n })) }],
    ['a priority below nought', { rules: [{ ...ALWAYS, priority: -1 }] }],
    ['no selector of tags', { rules: [onlyTags()] }],
    ['no selector of repositories', { rules: [{ ...ALWAYS, scope_selectors: {} }] }],
    ['a selector of another kind', { rules: [onlyTags({ kind: 'regex', decoration: 'matches', pattern: '**' })] }],
    ['another decoration', { rules: [onlyTags({ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' })] }],
    [
      'a pattern that does not end',
      { rules: [onlyTags({ kind: 'doublestar', decoration: 'matches', pattern: '{a' })] },
    ],
    ['no pattern', { rules: [onlyTags({ kind: 'doublestar', decoration: 'matches', pattern: '' })] }],
    ['another trigger', { trigger: { kind: 'Event' } }],
    ['five fields', { trigger: { kind: 'Schedule', settings: { cron: '0 3 * * *' } } }],
    ['a time that is none', { trigger: { kind: 'Schedule', settings: { cron: 'often' } } }],
    ['a time that is no text', { trigger: { kind: 'Schedule', settings: { cron: 7 } } }],
  ])('policies are refused with %s', async (_what, more) => {
    const body = policyOf(await openProject(), more);
    const answer = await harbor.call(registry.admin, 'createRetention', { body });
    expect([answer.status, answer.json.errors[0].code]).toEqual([400, 'BAD_REQUEST']);
  });

  it('policies say nothing twice', async () => {
    const twice = policyOf(await openProject(), { rules: [ALWAYS, { ...ALWAYS, priority: 2 }] });
    const { status } = await registry.admin.post('/api/v2.0/retentions', JSON.stringify(twice), JSON_TYPE);
    expect(status).toBe(409);
  });

  it.each<[string, object]>([
    ['rules that are no list', { rules: 'all' }],
    ['a text for a project', { scope: { level: 'project', ref: 'kept' } }],
    ['a number for a template', { rules: [{ ...ALWAYS, template: 7 }] }],
    ['a trigger that is no object', { trigger: 'daily' }],
  ])('bodies of another shape are refused: %s', async (_what, more) => {
    const body = policyOf(await openProject(), more);
    expect((await harbor.call(registry.admin, 'createRetention', { body })).status).toBe(422);
  });

  it('metadata tells what rules can be made of', async () => {
    const { json } = await harbor.call(outsider, 'getRentenitionMetadata');
    const names = json.templates.map((each: { rule_template: string }) => each.rule_template);
    expect(names).toEqual(['latestPushedK', 'latestPulledN', 'nDaysSinceLastPush', 'nDaysSinceLastPull', 'always']);
    expect(json.templates[0].params).toEqual([{ type: 'int', unit: 'COUNT', required: true }]);
    expect(json.scope_selectors[0].decorations).toEqual(['repoMatches', 'repoExcludes']);
    expect(json.tag_selectors[0].decorations).toEqual(['matches', 'excludes']);
    expect((await harbor.call(registry.anonymous, 'getRentenitionMetadata')).status).toBe(401);
  });

  it('does not run yet, and says so', async () => {
    const { admin } = registry;
    const id = await create(await openProject());
    for (const dry_run of [true, false]) {
      const answer = await harbor.call(admin, 'triggerRetentionExecution', { params: { id }, body: { dry_run } });
      expect([answer.status, answer.json.errors[0].code]).toEqual([412, 'PRECONDITION']);
      expect(answer.json.errors[0].message).toContain('tag retention is not there yet');
    }
    const { json, headers } = await harbor.call(admin, 'listRetentionExecutions', { params: { id } });
    expect([json, headers['x-total-count']]).toEqual([[], '0']);
    const eid = 999_999;
    expect((await harbor.call(admin, 'listRetentionTasks', { params: { id, eid } })).status).toBe(404);
    expect((await harbor.call(admin, 'getRetentionTaskLog', { params: { id, eid, tid: 1 } })).status).toBe(404);
    const stop = { params: { id, eid }, body: { action: 'stop' } };
    expect((await harbor.call(admin, 'operateRetentionExecution', stop)).status).toBe(404);
    const { status } = await admin.send(`/api/v2.0/retentions/${id}/executions/1`, {
      method: 'PATCH',
      headers: JSON_TYPE,
      body: JSON.stringify({ action: 'pause' }),
    });
    expect(status).toBe(400);
  });

  it('policies are for who may keep tags of the project, and others cannot tell whether there is one', async () => {
    const ref = await openProject();
    const id = await create(ref);
    const developer = await join(ref, `developer-${engine}`, 2);
    const guest = await join(ref, `guest-${engine}`, 3);
    const body = policyOf(ref);
    const eid = 1;
    const calls: readonly (readonly [string, object])[] = [
      ['getRetention', {}],
      ['updateRetention', { body }],
      ['triggerRetentionExecution', { body: { dry_run: true } }],
      ['listRetentionExecutions', {}],
      ['operateRetentionExecution', { body: { action: 'stop' }, eid }],
      ['listRetentionTasks', { eid }],
      ['getRetentionTaskLog', { eid, tid: 1 }],
      ['deleteRetention', {}],
    ];
    const ask = async (client: RegistryClient, policy: number) => {
      const statuses: number[] = [];
      for (const [operation, { body: sent, ...params }] of calls as [string, { body?: object }][]) {
        const call = { params: { id: policy, ...params }, ...(sent && { body: sent }) };
        statuses.push((await harbor.call(client, operation, call)).status);
      }
      return statuses;
    };
    expect(await ask(registry.anonymous, id)).toEqual(calls.map(() => 401));
    expect(await ask(registry.anonymous, 999_999)).toEqual(calls.map(() => 401));
    for (const client of [guest, outsider]) {
      expect(await ask(client, id)).toEqual(calls.map(() => 403));
      expect(await ask(client, 999_999)).toEqual(calls.map(() => 403));
    }
    expect(await ask(developer, id)).toEqual([200, 200, 412, 200, 404, 404, 404, 200]);
    expect((await harbor.call(developer, 'createRetention', { body })).status).toBe(201);
    expect((await harbor.call(guest, 'createRetention', { body })).status).toBe(403);
    expect((await harbor.call(registry.anonymous, 'createRetention', { body })).status).toBe(401);
    expect((await harbor.call(outsider, 'createRetention', { body: policyOf(999_999) })).status).toBe(403);
    expect((await harbor.call(registry.admin, 'createRetention', { body: policyOf(999_999) })).status).toBe(404);
  });
});

const JSON_TYPE = { 'Content-Type': 'application/json' };
