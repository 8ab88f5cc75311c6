// `npm run soak:fleet`: a fleet of CI jobs, each with a workload token of its own that it exchanges for one of the registry, pushes an
// image with and pulls it again. Nothing may fail, and memory may not grow.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningRoadstead, startRoadstead } from '../../support/start-roadstead.ts';
import { countOption, FLAG_OPTION, readArguments, readCount } from '../command-line.ts';
import { UsageError } from '../options.ts';
import { readStartFlags } from '../servers/start-flags.ts';
import { FleetIssuer } from './fleet-issuer.ts';
import { type FleetOptions, growthOf, runFleet } from './run-fleet.ts';

const USAGE = `npm run soak:fleet -- [options]

  --minutes N   how long (default 120)
  --jobs N      jobs a minute (default 500)
  --projects N  projects that they push to (default 5)
  --json        print JSON
  --help
`;

const AUDIENCE = 'https://registry.example';
/** Of memory, between the second quarter of the time and the last one. */
const MAX_GROWTH = 1.1;

async function prepare(server: RunningRoadstead, issuer: FleetIssuer, projects: number): Promise<void> {
  const { username, password } = server.admin;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const rule = {
    name: 'ci',
    issuer: issuer.url,
    audience: AUDIENCE,
    conditions: { repository: ['acme/*'], ref: ['refs/heads/main'] },
    permissions: ['pull', 'push'].map((action) => ({ resource: 'repository', action })),
  };
  for (let index = 0; index < projects; index += 1) {
    const project = `team-${index}`;
    await server.createProject(project);
    const answer = await fetch(`${server.url}/api/roadstead/v1/projects/${project}/workload-rules`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
    if (answer.status !== 201) throw new Error(`a rule of ${project}: ${answer.status} ${await answer.text()}`);
  }
}

async function measure(options: FleetOptions, isJson: boolean): Promise<number> {
  const issuer = await FleetIssuer.open();
  const folder = await mkdtemp(path.join(tmpdir(), 'roadstead-fleet-'));
  const trust = path.join(folder, 'issuer.pem');
  writeFileSync(trust, issuer.certificate);
  const server = await startRoadstead({
    env: {
      NODE_OPTIONS: readStartFlags().join(' '),
      NODE_EXTRA_CA_CERTS: trust,
      ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32',
      ROADSTEAD_LOG_LEVEL: 'warn',
    },
  });
  try {
    await prepare(server, issuer, options.projects);
    const { jobs, failed, failures, minutes } = await runFleet(options, server, issuer);
    const growth = growthOf(minutes);
    for (const failure of failures) console.error(failure);
    if (isJson) console.log(JSON.stringify({ jobs, failed, growth, askedOfTheIssuer: issuer.asked, minutes }, null, 2));
    const isFlat = growth <= MAX_GROWTH;
    console.log(
      `${jobs} jobs, ${failed} failed; memory ${growth.toFixed(2)} x (last quarter to second); ` +
        `the issuer was asked ${issuer.asked} times`,
    );
    console.log(`${jobs - failed + (isFlat ? 1 : 0)} passed, ${failed + (isFlat ? 0 : 1)} failed`);
    return failed === 0 && isFlat ? 0 : 1;
  } finally {
    await server.stop();
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(args: readonly string[]): Promise<number> {
  const values = readArguments(args, {
    minutes: countOption(120),
    jobs: countOption(500),
    projects: countOption(5),
    json: FLAG_OPTION,
    help: FLAG_OPTION,
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const options = {
    minutes: readCount('--minutes', values.minutes, 4),
    jobsPerMinute: readCount('--jobs', values.jobs, 5),
    projects: readCount('--projects', values.projects, 3),
    audience: AUDIENCE,
  };
  return measure(options, values.json);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
