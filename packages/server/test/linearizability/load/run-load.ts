import {
  runTagHistory,
  type TagHistory,
  type TagLoad,
  type Target,
} from '../../support/tag-history/run-tag-history.ts';

export interface LoadPlan {
  /** Project of the histories. */
  readonly project: string;
  /** At least so many operations in all. */
  readonly operationCount: number;
  readonly tagCount: number;
  readonly clientCount: number;
  readonly seed: number;
}

/** The share of the operations that go to tags which nobody has made yet: 1 / FRESH_SHARE. */
const FRESH_SHARE = 10;
const OPERATIONS_PER_FRESH_CLIENT = 2;

/**
 * So many tags are worked on at a time: the more requests there are in flight, the longer each of them takes, and what is
 * wrong for a shorter time than that does not show.
 */
const TAGS_AT_ONCE = 2;

/** Long histories of some tags, and then short ones of many tags that all clients try to make first. */
export async function runLoad(plan: LoadPlan, target: Target): Promise<readonly TagHistory[]> {
  const long = await runLoads(listLongLoads(plan), target);
  const doneCount = long.reduce((sum, history) => sum + history.operations.length, 0);
  return [...long, ...(await runLoads(listFreshLoads(plan, plan.operationCount - doneCount), target))];
}

async function runLoads(loads: readonly TagLoad[], target: Target): Promise<readonly TagHistory[]> {
  const histories: TagHistory[] = [];
  const queue = loads.values();
  const lanes = Array.from({ length: TAGS_AT_ONCE }, async () => {
    for (const load of queue) histories.push(await runTagHistory(load, target));
  });
  await Promise.all(lanes);
  return histories;
}

function listLongLoads({ project, operationCount, tagCount, clientCount, seed }: LoadPlan): readonly TagLoad[] {
  const share = Math.ceil((operationCount - operationCount / FRESH_SHARE) / tagCount);
  return Array.from({ length: tagCount }, (_, index) => ({
    name: `${project}/long/${index}`,
    path: `/v2/${project}/long/manifests/tag-${index}`,
    manifestKind: 'image',
    mix: index % 2 === 0 ? 'blind' : 'conditional',
    clientCount,
    seed: seed + 1_000 * index,
    isEnough: (count) => count >= share,
  }));
}

/** Every second tag is also the first of its repository; of half of the tags each client wants to be the only maker. */
function listFreshLoads({ project, clientCount, seed }: LoadPlan, operationCount: number): readonly TagLoad[] {
  const operationsPerLoad = clientCount * (OPERATIONS_PER_FRESH_CLIENT + 1);
  return Array.from({ length: Math.ceil(operationCount / operationsPerLoad) }, (_, index) => {
    const repository = index % 2 === 0 ? 'fresh' : `fresh-${index}`;
    return {
      name: `${project}/fresh/${index}`,
      path: `/v2/${project}/${repository}/manifests/tag-${index}`,
      manifestKind: 'index',
      mix: 'blind',
      clientCount,
      seed: seed + 1_000_000 + 1_000 * index,
      first: index % 4 < 2 ? 'put' : 'create',
      isEnough: (count) => count >= clientCount * OPERATIONS_PER_FRESH_CLIENT,
    };
  });
}
