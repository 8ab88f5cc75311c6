import type { GrowthPoint, GrowthSeries, Sample, Verdict } from '../bench-result.ts';
import { assertAnswer } from '../content/registry-client.ts';
import type { LoadProcess } from '../load/load-process.ts';
import { atMost } from '../measure/judge.ts';
import { median, ratioSpread, spreadOf } from '../measure/statistics.ts';
import { formatCount } from '../report/format-figure.ts';
import type { BenchRow, RowContext } from '../row.ts';
import { type GrowthPlace, type GrowthSizes, seedThroughApi, seedThroughDatabase } from './growth-places.ts';
import { measureRequests } from './measure-requests.ts';
import { openLoad } from './server-pair.ts';

const PAGE_NAMES = 100;
const TARGET_RATIO = 1.3;
/** Of every page in a round: short ones, so that what disturbs the machine for a moment disturbs one turn of many pages. */
const TURNS = 4;

/** Every list begins too small for a page, and ends with pages that are full. */
const SIZES: Readonly<Record<'full' | 'quick' | 'peer' | 'quickPeer', GrowthSizes>> = {
  full: { tags: [10, 1_000, 100_000, 1_000_000], catalog: [10, 1_000, 10_000] },
  quick: { tags: [10, 1_000, 10_000], catalog: [10, 1_000] },
  peer: { tags: [10, 1_000, 10_000], catalog: [10, 1_000] },
  quickPeer: { tags: [10, 1_000], catalog: [10, 300] },
};

/** A page must cost the same however many pages there are. The peer stands beside it for information. */
export const growth: BenchRow = {
  name: 'growth',
  title: `Pages of ${PAGE_NAMES} names as the lists grow, one connection, one core`,
  async run(context) {
    const { isQuick } = context.extent;
    const places = [
      ...(isQuick
        ? await seedThroughApi(context, context.ours, SIZES.quick)
        : await seedThroughDatabase(context, SIZES.full)),
      ...(context.peer.isFresh
        ? await seedThroughApi(context, context.peer, isQuick ? SIZES.quickPeer : SIZES.peer)
        : []),
    ];
    const pages = await openPages(places);
    const load = openLoad(context, 'apart');
    for (const page of pages) await timePage(context, load, page); // a server that is new is slower than it will be
    for (let turn = 0; turn < context.extent.rounds * TURNS; turn += 1) {
      const order = turn % 2 === 0 ? pages : pages.toReversed();
      for (const page of order) page.turns.push(await timePage(context, load, page));
    }
    const series = collectSeries(pages, context.ours.name);
    const notes = [
      'A list of 10 fills no page, and its answer is shorter by that: the last column compares full pages alone.',
      'docker-registry 2.8 ignores `n` and `last` in a list of tags: its answer holds all of them.',
    ];
    if (!context.peer.isFresh) notes.push(`${context.peer.name} was not measured: it holds what others put there.`);
    return { growth: series, verdicts: series.filter(({ isOurs }) => isOurs).map(judge), notes };
  },
};

interface Page {
  readonly place: GrowthPlace;
  readonly position: 'first' | 'middle';
  /** Path and query. */
  readonly path: string;
  readonly bodyBytes: number;
  readonly names: number;
  /** Filled turn by turn. */
  readonly turns: Sample[];
}

/** The same page of the lists that grow stands together, so that little time passes between what is compared. */
async function openPages(places: readonly GrowthPlace[]): Promise<readonly Page[]> {
  const groups = Map.groupBy(places, ({ open, kind }) => `${open.server.name} ${kind}`);
  const opened: Page[] = [];
  for (const group of groups.values()) {
    for (const position of ['first', 'middle'] as const) {
      for (const place of group) opened.push(await openPage(place, position));
    }
  }
  return opened;
}

/** Reads the page once and makes sure that it holds the names that it must. */
async function openPage(place: GrowthPlace, position: Page['position']): Promise<Page> {
  const { open, size, nameOf, scope } = place;
  const from = position === 'first' ? 0 : Math.floor(size / 2);
  const last = position === 'first' ? '' : `&last=${encodeURIComponent(nameOf(from - 1))}`;
  const path = `${place.path}?n=${PAGE_NAMES}${last}`;
  const answer = await open.client.ask('GET', path, { scope });
  assertAnswer(answer, 200, `GET ${path}`);
  const listed = JSON.parse(answer.body.toString('utf8')) as Partial<Record<string, readonly string[]>>;
  const names = (place.kind === 'tags' ? listed['tags'] : listed['repositories']) ?? [];
  const expected = Array.from({ length: Math.min(PAGE_NAMES, size - from) }, (_, index) => nameOf(from + index));
  const isWhole = names.length === size && names.includes(nameOf(0)) && names.includes(nameOf(size - 1));
  if (!isWhole && names.join() !== expected.join()) {
    throw new Error(`${open.server.name} lists other names at ${path}: ${names.length}, from ${names[0]} on`);
  }
  return { place, position, path, bodyBytes: answer.bodyBytes, names: names.length, turns: [] };
}

/** Asks for the page again and again, one request after the other. */
async function timePage(context: RowContext, load: LoadProcess, { place, path, bodyBytes }: Page): Promise<Sample> {
  const headers = await place.open.client.authorize(place.scope);
  return measureRequests(context, place.open, load, {
    connections: 1,
    request: { method: 'GET', path, headers, expected: { status: 200, bodyBytes } },
    warmUpSeconds: 0.1,
    until: { seconds: context.extent.isQuick ? 0.15 : 0.3 },
  });
}

function collectSeries(pages: readonly Page[], oursName: string): readonly GrowthSeries[] {
  const groups = Map.groupBy(pages, ({ place, position }) => {
    const list = place.kind === 'tags' ? 'tags' : 'repositories';
    return `${place.open.server.name}\n${list}, ${position === 'first' ? 'first page' : 'page in the middle'}`;
  });
  return [...groups].map(([key, group]) => {
    const [server = '', title = ''] = key.split('\n');
    const largest = timesOf(group.at(-1));
    return {
      title,
      server,
      isOurs: server === oursName,
      points: group.map(pointOf),
      ratio: ratioSpread(largest, timesOf(group[0])),
      fullPageRatio: ratioSpread(largest, timesOf(group.find(({ names }) => names >= PAGE_NAMES))),
    };
  });
}

function roundsOf(page: Page | undefined): readonly (readonly Sample[])[] {
  const turns = page?.turns ?? [];
  return Array.from({ length: turns.length / TURNS }, (_, round) => turns.slice(round * TURNS, (round + 1) * TURNS));
}

/** The median time of a page in each round. */
function timesOf(page: Page | undefined): readonly number[] {
  return roundsOf(page).map((turns) => median(turns.map(({ p50Ms }) => p50Ms)));
}

/** The CPU time for a page in each round; undefined where it is not known. */
function costsOf(page: Page): readonly number[] | undefined {
  const costs = roundsOf(page).map((turns) => {
    const count = turns.reduce((sum, turn) => sum + turn.count, 0);
    const seconds = turns.reduce((sum, turn) => sum + (turn.serverCpuSeconds ?? Number.NaN), 0);
    return (seconds * 1e6) / count;
  });
  return costs.some(Number.isNaN) ? undefined : costs;
}

function pointOf(page: Page): GrowthPoint {
  const timesMs = timesOf(page);
  const costs = costsOf(page);
  const cpuMicroseconds = costs === undefined ? undefined : spreadOf(costs);
  return { size: page.place.size, timesMs, timeMs: spreadOf(timesMs), cpuMicroseconds, names: page.names };
}

function judge({ title, points, ratio }: GrowthSeries): Verdict {
  const [smallest = 0, largest = 0] = [points[0]?.size, points.at(-1)?.size];
  const target = `${title}: time with ${formatCount(largest)} as a multiple of that with ${formatCount(smallest)}`;
  return atMost(ratio, { target, unit: 'x', bound: TARGET_RATIO });
}
