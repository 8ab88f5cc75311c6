import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ScannerAdapter, startScannerAdapter } from '../../support/scanner-adapter.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { sampleImage } from '../support/sample-content.ts';
import { HarborCaller } from './harbor-caller.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const DAILY = { schedule: { type: 'Daily', cron: '0 0 0 * * *' } };
const NONE = { schedule: { type: 'None' } };

describe.each(ENGINES)("Harbor's scans on %s", (engine) => {
  let registry: OpenRegistry;
  let adapter: ScannerAdapter;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  let guest: RegistryClient;
  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.0/8' } });
    adapter = await startScannerAdapter();
    harbor = await HarborCaller.open();
    [carol, guest] = [await registry.createUser('carol'), await registry.createUser('guest')];
    await registry.admin.createProject('team');
    await registry.admin.pushImage('team/app', 'v1', sampleImage());
    const member = { role_id: 3, member_user: { username: 'guest' } };
    const params = { project_name_or_id: 'team' };
    expect((await harbor.call(registry.admin, 'createProjectMember', { params, body: member })).status).toBe(201);
  });
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]();
    await registry?.close();
  });
  beforeEach(async () => {
    const { json } = await harbor.call(registry.admin, 'listScanners', {});
    for (const { uuid } of json) {
      await harbor.call(registry.admin, 'deleteScanner', { params: { registration_id: uuid } });
    }
  });

  const register = async (name: string, more: object = {}): Promise<string> => {
    const body = { name, url: `${adapter.url}/${name}`, ...more };
    const made = await harbor.call(registry.admin, 'createScanner', { body });
    expect(made.status).toBe(201);
    return made.headers.location?.split('/').at(-1) ?? '';
  };
  const ask = async (id: string, options: object = {}, client = registry.admin) => {
    const { status, json, text } = await harbor.call(client, id, options);
    return { status, json, message: status < 400 ? text : (json.errors[0].message as string) };
  };

  describe('the scanner of a project', () => {
    const params = { project_name_or_id: 'team' };
    const chosen = async () => (await ask('getScannerOfProject', { params })).json.name;
    const choose = async (uuid: string, client?: RegistryClient) =>
      (await ask('setScannerOfProject', { params, body: { uuid } }, client)).status;

    it('is the default one until another one is chosen, and again when that is gone', async () => {
      expect(await chosen()).toBeUndefined();
      await register('usual');
      const other = await register('other');
      expect(await chosen()).toBe('usual');
      expect(await choose(other)).toBe(200);
      expect(await choose(other)).toBe(200);
      expect(await chosen()).toBe('other');
      const named = { params, headers: { 'x-is-resource-name': 'true' } };
      expect((await ask('getScannerOfProject', named)).json.uuid).toBe(other);
      await harbor.call(registry.admin, 'deleteScanner', { params: { registration_id: other } });
      expect(await chosen()).toBe('usual');
    });

    it('is one that there is, and that is enabled', async () => {
      expect(await choose(NOWHERE)).toBe(404);
      expect(await choose('nothing')).toBe(404);
      expect(await choose(await register('off', { disabled: true }))).toBe(412);
      expect((await ask('setScannerOfProject', { params, body: {} })).status).toBe(422);
      expect((await ask('setScannerOfProject', { params, body: { uuid: 1 } })).status).toBe(422);
    });

    it('is chosen among those that are enabled', async () => {
      for (const name of ['b', 'a', 'c']) await register(name, { disabled: name === 'c' });
      const list = async (query: object) => {
        const { json } = await ask('listScannerCandidatesOfProject', { params, query });
        return json.map(({ name }: { name: string }) => name);
      };
      expect(await list({ sort: 'name' })).toEqual(['a', 'b']);
      expect(await list({ q: 'name=b' })).toEqual(['b']);
      expect(await list({ sort: 'name', page: 2, page_size: 1 })).toEqual(['b']);
      expect((await ask('listScannerCandidatesOfProject', { params, query: { q: 'name' } })).status).toBe(400);
      expect((await ask('listScannerCandidatesOfProject', { params, query: { page: 0 } })).status).toBe(422);
    });

    it('is read by members, and chosen by administrators of the project', async () => {
      const uuid = await register('usual');
      expect((await ask('getScannerOfProject', { params }, guest)).status).toBe(200);
      expect(await choose(uuid, guest)).toBe(403);
      expect((await ask('listScannerCandidatesOfProject', { params }, guest)).status).toBe(403);
      for (const [client, status] of [
        [carol, 403],
        [registry.anonymous, 401],
      ] as const) {
        for (const operation of ['getScannerOfProject', 'listScannerCandidatesOfProject']) {
          expect((await ask(operation, { params }, client)).status).toBe(status);
        }
        expect(await choose(uuid, client)).toBe(status);
      }
      const missing = { params: { project_name_or_id: 'missing' } };
      for (const operation of ['getScannerOfProject', 'listScannerCandidatesOfProject']) {
        expect((await ask(operation, missing)).status).toBe(404);
        expect((await ask(operation, missing, carol)).status).toBe(403);
      }
      expect((await ask('setScannerOfProject', { ...missing, body: { uuid } })).status).toBe(404);
    });
  });

  describe('scans of an artifact', () => {
    const params = { project_name: 'team', repository_name: 'app', reference: 'v1' };

    it.each([[undefined], [{}], [{ scan_type: 'vulnerability' }], [{ scan_type: 'sbom' }]])(
      'are not started by %j, and say why',
      async (body) => {
        const options = { params, ...(body !== undefined && { body }) };
        expect(await ask('scanArtifact', options)).toMatchObject({ status: 412, message: /has no scanner/ });
        const registration_id = await register('usual');
        expect(await ask('scanArtifact', options)).toMatchObject({ status: 412, message: /scanning is not there yet/ });
        const off = { name: 'usual', url: `${adapter.url}/usual`, disabled: true };
        await harbor.call(registry.admin, 'updateScanner', { params: { registration_id }, body: off });
        expect(await ask('scanArtifact', options)).toMatchObject({ status: 412, message: /is disabled/ });
      },
    );

    it.each([
      ['another kind', { scan_type: 'licences' }],
      ['a number', { scan_type: 1 }],
      ['a list', []],
    ])('are not asked for with %s', async (_what, body) => {
      expect((await ask('scanArtifact', { params, body })).status).toBe(422);
      expect((await ask('stopScanArtifact', { params, body })).status).toBe(422);
    });

    it('are not stopped, and have no report, while none runs', async () => {
      expect(await ask('stopScanArtifact', { params, body: {} })).toMatchObject({ status: 400, message: /not being/ });
      expect((await ask('stopScanArtifact', { params, body: { scan_type: 'sbom' } })).status).toBe(400);
      expect((await ask('stopScanArtifact', { params })).status).toBe(422);
      for (const report_id of [NOWHERE, 'nothing', '1']) {
        expect((await ask('getReportLog', { params: { ...params, report_id } })).status).toBe(404);
      }
    });

    it.each([
      ['an artifact', { reference: 'v2' }],
      ['a digest', { reference: `sha256:${'0'.repeat(64)}` }],
      ['what is no reference', { reference: '!' }],
      ['a repository', { repository_name: 'none' }],
      ['a project', { project_name: 'none' }],
    ])('are not found for %s that is missing', async (_what, more) => {
      const missing = { ...params, ...more };
      expect((await ask('scanArtifact', { params: missing, body: {} })).status).toBe(404);
      expect((await ask('stopScanArtifact', { params: missing, body: {} })).status).toBe(404);
      expect((await ask('getReportLog', { params: { ...missing, report_id: NOWHERE } })).status).toBe(404);
    });

    it.each(['vulnerability', 'sbom'])('of %s are for those who may', async (scan_type) => {
      const body = { scan_type };
      expect((await ask('scanArtifact', { params, body }, guest)).status).toBe(403);
      expect((await ask('stopScanArtifact', { params, body }, guest)).status).toBe(403);
      const log = { params: { ...params, report_id: NOWHERE } };
      expect((await ask('getReportLog', log, guest)).status).toBe(404);
      for (const [client, status] of [
        [carol, 403],
        [registry.anonymous, 401],
      ] as const) {
        expect((await ask('scanArtifact', { params, body }, client)).status).toBe(status);
        expect((await ask('stopScanArtifact', { params, body }, client)).status).toBe(status);
        expect((await ask('getReportLog', log, client)).status).toBe(status);
      }
    });
  });

  describe('scans of everything', () => {
    const OPERATIONS = [
      ['getLatestScanAllMetrics', undefined],
      ['getLatestScheduledScanAllMetrics', undefined],
      ['getScanAllSchedule', undefined],
      ['updateScanAllSchedule', DAILY],
      ['createScanAllSchedule', DAILY],
      ['stopScanAll', undefined],
    ] as const;

    it.each(OPERATIONS)('%s needs an administrator, and a default scanner', async (operation, body) => {
      const options = body === undefined ? {} : { body };
      expect((await ask(operation, options, carol)).status).toBe(403);
      expect((await ask(operation, options, registry.anonymous)).status).toBe(401);
      await register('disabled', { disabled: true });
      expect(await ask(operation, options)).toMatchObject({ status: 412, message: /no default scanner/ });
    });

    it('are kept as a schedule, which is made, read, changed and removed', async () => {
      await register('usual');
      const read = async () => (await ask('getScanAllSchedule')).json.schedule;
      expect(await read()).toMatchObject({ type: 'None' });
      expect((await ask('createScanAllSchedule', { body: DAILY })).status).toBe(201);
      expect(await read()).toMatchObject({ type: 'Daily', cron: '0 0 0 * * *' });
      expect(await ask('createScanAllSchedule', { body: DAILY })).toMatchObject({ status: 412, message: /PUT/ });
      const custom = { schedule: { type: 'Custom', cron: '0 30 2 * * 1' } };
      expect((await ask('updateScanAllSchedule', { body: custom })).status).toBe(200);
      expect(await read()).toMatchObject(custom.schedule);
      await registry.restart();
      expect(await read()).toMatchObject(custom.schedule);
      const { json } = await ask('listSchedules');
      expect(json).toContainEqual(expect.objectContaining({ vendor_type: 'SCAN_ALL' }));
      expect((await ask('updateScanAllSchedule', { body: NONE })).status).toBe(200);
      expect(await read()).toMatchObject({ type: 'None' });
      expect((await ask('createScanAllSchedule', { body: NONE })).status).toBe(201);
      expect((await ask('updateScanAllSchedule', { body: { schedule: { type: 'Weekly' } } })).status).toBe(200);
      expect(await read()).toMatchObject({ type: 'Weekly', cron: '0 0 0 * * 0' });
      expect((await ask('updateScanAllSchedule', { body: NONE })).status).toBe(200);
    });

    it.each<[string, object, number]>([
      ['no schedule', {}, 400],
      ['no type', { schedule: {} }, 400],
      ['an unknown type', { schedule: { type: 'Yearly', cron: '0 0 0 1 1 *' } }, 422],
      ['a custom one without times', { schedule: { type: 'Custom' } }, 400],
      ['five fields', { schedule: { type: 'Custom', cron: '0 0 * * *' } }, 400],
      ['times that there are not', { schedule: { type: 'Custom', cron: '0 0 25 * * *' } }, 400],
      ['a number for times', { schedule: { type: 'Custom', cron: 5 } }, 422],
    ])('are refused with %s', async (_what, body, status) => {
      await register('usual');
      expect((await ask('createScanAllSchedule', { body })).status).toBe(status);
      expect((await ask('updateScanAllSchedule', { body })).status).toBe(status);
    });

    it('do not run, and none is pretended', async () => {
      await register('usual');
      const now = { schedule: { type: 'Manual' } };
      expect(await ask('createScanAllSchedule', { body: now })).toMatchObject({
        status: 412,
        message: /not there yet/,
      });
      expect((await ask('updateScanAllSchedule', { body: now })).status).toBe(400);
      expect(await ask('stopScanAll')).toMatchObject({ status: 400, message: /under way/ });
      for (const operation of ['getLatestScanAllMetrics', 'getLatestScheduledScanAllMetrics']) {
        expect((await ask(operation)).json).toEqual({ total: 0, completed: 0, metrics: {}, ongoing: false });
      }
    });
  });

  describe('what is known of vulnerabilities', () => {
    it('is nothing, of all artifacts that there are', async () => {
      const before = (await ask('getSecuritySummary')).json;
      expect(before).toMatchObject({ scanned_cnt: 0, total_vuls: 0, critical_cnt: 0, fixable_cnt: 0 });
      await registry.admin.pushImage('team/app', 'v3', sampleImage());
      expect((await ask('getSecuritySummary')).json.total_artifact).toBe(before.total_artifact + 1);
      const query = { with_dangerous_cve: true, with_dangerous_artifact: true };
      expect((await ask('getSecuritySummary', { query })).json).toMatchObject({
        dangerous_cves: [],
        dangerous_artifacts: [],
      });
      expect((await ask('getSecuritySummary', { query: { with_dangerous_cve: 'perhaps' } })).status).toBe(422);
    });

    it.each([
      [{}, 200],
      [{ q: 'cve_id=CVE-2026-0001,severity=High' }, 200],
      [{ q: 'cvss_score_v3=[7.0~10.0]' }, 200],
      [{ page: 1, page_size: 100, tune_count: true, with_tag: true }, 200],
      [{ q: 'cve_id' }, 400],
      [{ page: 0 }, 422],
      [{ page_size: 101 }, 422],
      [{ tune_count: 'perhaps' }, 422],
    ] as const)('is listed with %j: %i', async (query, status) => {
      const { status: answered, json, headers } = await harbor.call(registry.admin, 'ListVulnerabilities', { query });
      expect(answered).toBe(status);
      if (status === 200) expect([json, headers['x-total-count']]).toEqual([[], '0']);
    });

    it('is for administrators', async () => {
      for (const operation of ['getSecuritySummary', 'ListVulnerabilities']) {
        expect((await ask(operation, {}, carol)).status).toBe(403);
        expect((await ask(operation, {}, registry.anonymous)).status).toBe(401);
      }
    });
  });
});
