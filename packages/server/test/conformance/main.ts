// `npm run test:conformance`: the OCI distribution suite and our own cases against a listening server, on each database with each blob storage.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { type InstalledSuite, installSuite, SUITE_COMMIT, SuiteUnavailable } from './install-suite.ts';
import { openPlaces, type Place } from './open-places.ts';
import { runOwnCases } from './own/run-own-cases.ts';
import { type ReportRow, renderReport, sumUp } from './report.ts';
import { runSuite, SPEC_VERSIONS, type SpecVersion } from './run-suite.ts';
import { isPerfect } from './suite-results.ts';

const CACHE = path.resolve(import.meta.dirname, '../../../../.cache/conformance');
/** The suite, or the sentence that says why it is not there. */
type Suite = InstalledSuite | SuiteUnavailable;

async function main(args: readonly string[]): Promise<number> {
  const suite = await installSuite(path.join(CACHE, 'bin')).catch((error: unknown) => {
    if (error instanceof SuiteUnavailable) return error;
    throw error;
  });
  if (args.includes('--setup-only')) {
    if (suite instanceof SuiteUnavailable) console.error(suite.message);
    return suite instanceof SuiteUnavailable && suite.isOurFault ? 1 : 0;
  }

  const rows: ReportRow[] = [];
  for await (const place of openPlaces()) rows.push(...(await testPlace(place, suite)));
  const origin = suite instanceof SuiteUnavailable ? `commit ${SUITE_COMMIT}: NOT RUN` : suite.origin;
  const report = renderReport(rows, `# Conformance (OCI suite: ${origin})`);
  await mkdir(path.join(CACHE, 'results'), { recursive: true });
  await writeFile(path.join(CACHE, 'results', 'summary.md'), report);
  const { passed, failed } = sumUp(rows);
  const missing =
    suite instanceof SuiteUnavailable
      ? `\nThe OCI suite was NOT RUN, and nothing here stands for it. ${suite.message}\n`
      : '';
  console.log(`${report}${missing}\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function testPlace({ name: place, env }: Place, suite: Suite): Promise<readonly ReportRow[]> {
  let server: RunningRoadstead;
  try {
    server = await startRoadstead({ env: { ...env, ROADSTEAD_SPARSE_INDEXES: 'true' } });
  } catch (error) {
    // The results of the other places are worth having all the same.
    const suites = ['own cases', ...SPEC_VERSIONS.map((version) => `OCI suite ${version}`)];
    return suites.map((name) => ({
      place,
      suite: name,
      counts: undefined,
      findings: [oneLine(String(error))],
      clean: false,
    }));
  }
  try {
    await server.createProject('conformance');
    const rows = [await testOwnCases(place, server)];
    if (suite instanceof SuiteUnavailable && !suite.isOurFault) return rows;
    for (const version of SPEC_VERSIONS) rows.push(await testVersion(place, version, suite, server));
    return rows;
  } finally {
    await mkdir(path.join(CACHE, 'results'), { recursive: true });
    await writeFile(path.join(CACHE, 'results', `${fileName(place)}-server.log`), server.log());
    await server.stop();
  }
}

async function testOwnCases(place: string, server: RunningRoadstead): Promise<ReportRow> {
  const { passed, failures } = await runOwnCases(server);
  const failed = failures.length;
  return {
    place,
    suite: 'own cases',
    counts: { tests: passed + failed, passed, failed, errors: 0, skipped: 0, disabled: 0 },
    findings: failures.map(({ name, message }) => `${name}: ${oneLine(message)}`),
    clean: failed === 0,
  };
}

async function testVersion(
  place: string,
  version: SpecVersion,
  suite: Suite,
  server: RunningRoadstead,
): Promise<ReportRow> {
  const row = { place, suite: `OCI suite ${version}` };
  if (suite instanceof SuiteUnavailable)
    return { ...row, counts: undefined, findings: [oneLine(suite.message)], clean: false };
  try {
    const results = await runSuite(
      suite.program,
      version,
      server,
      path.join(CACHE, 'results', `${fileName(place)}-${version}`),
    );
    const findings = results.imperfect.map(({ name, status, message }) => `${status}: ${name}: ${oneLine(message)}`);
    return { ...row, counts: results, findings: [...findings, ...results.unproven], clean: isPerfect(results) };
  } catch (error) {
    return { ...row, counts: undefined, findings: [oneLine(String(error))], clean: false };
  }
}

function fileName(place: string): string {
  return place.replace(' + ', '-');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 1_000);
}

process.exitCode = await main(process.argv.slice(2));
