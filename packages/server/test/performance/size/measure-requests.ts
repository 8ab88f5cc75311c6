import type { LoadProcess } from '../load/load-process.ts';
import type { LoadResult } from '../load/load-task.ts';
import { ratioSpread, type Spread, spreadOf } from '../measure/statistics.ts';
import { type MeasuredContent, seedMeasuredContent } from './measured-content.ts';
import type { SizeOptions } from './options.ts';
import { commonRequests, largeRequests, type SizeRequest } from './requests.ts';
import { seedRows } from './seed-rows.ts';
import { reopenTwin, type Twin } from './twins.ts';

const SECONDS = 3;
const MAX_RATIO = 2;

/** A kind of request in both registries, over the rounds. Milliseconds. */
export interface SizeFigures {
  readonly request: string;
  readonly small: { readonly p50: Spread; readonly p99: Spread; readonly count: number };
  readonly large: { readonly p50: Spread; readonly p99: Spread; readonly count: number };
  /** Large to small, round by round. */
  readonly p99Ratio: Spread;
  readonly isMet: boolean;
}

export interface Twins {
  readonly small: Twin;
  readonly large: Twin;
}

/** Gives both the same content, and the large one all the rest. @returns the large one, opened again */
export async function seedTwins(
  { small, large }: Twins,
  options: SizeOptions,
  say: (line: string) => void,
): Promise<{ readonly twins: Twins; readonly contents: Readonly<Record<Twin['name'], MeasuredContent>> }> {
  say('pushes what is measured to both');
  const contents = { small: await seedMeasuredContent(small.client), large: await seedMeasuredContent(large.client) };
  await large.close();
  await seedRows(large.databaseUrl, options, say);
  return { twins: { small, large: await reopenTwin(large) }, contents };
}

/** The same requests to both, one kind after the other, in turns. */
export async function measureRequests(
  { small, large }: Twins,
  contents: Readonly<Record<Twin['name'], MeasuredContent>>,
  load: LoadProcess,
  options: SizeOptions,
  say: (line: string) => void,
): Promise<readonly SizeFigures[]> {
  const ofSmall = await commonRequests(small, contents.small, SECONDS);
  const ofLarge = [
    ...(await commonRequests(large, contents.large, SECONDS)),
    ...(await largeRequests(large, options, SECONDS)),
  ];
  const pairs = ofLarge.map((request) => {
    const peer = ofSmall.find(({ name }) => name === (request.besides ?? request.name));
    if (peer === undefined) throw new Error(`nothing stands beside ${request.name}`);
    return { name: request.name, small: peer, large: request, rounds: { small: [], large: [] } as Rounds };
  });
  for (let round = 0; round < options.rounds; round += 1) {
    say(`round ${round + 1}`);
    for (const pair of pairs) {
      const order = round % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const);
      for (const side of order) pair.rounds[side].push(await runOnce(load, pair[side]));
    }
  }
  return pairs.map(({ name, rounds }) => compare(name, rounds));
}

interface Rounds {
  readonly small: LoadResult[];
  readonly large: LoadResult[];
}

export async function runOnce(load: LoadProcess, { task }: Pick<SizeRequest, 'task'>): Promise<LoadResult> {
  await load.prepare(task);
  const result = await load.run();
  await load.close();
  return result;
}

function compare(request: string, { small, large }: Rounds): SizeFigures {
  const sideOf = (results: readonly LoadResult[]) => ({
    p50: spreadOf(results.map(({ p50Ms }) => p50Ms)),
    p99: spreadOf(results.map(({ p99Ms }) => p99Ms)),
    count: results.reduce((sum, { count }) => sum + count, 0),
  });
  const p99Ratio = ratioSpread(
    large.map(({ p99Ms }) => p99Ms),
    small.map(({ p99Ms }) => p99Ms),
  );
  return { request, small: sideOf(small), large: sideOf(large), p99Ratio, isMet: p99Ratio.median <= MAX_RATIO };
}
