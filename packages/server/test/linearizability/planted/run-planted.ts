import { checkRegister } from '../../support/register/check-register.ts';
import { type Contradiction, findContradiction } from '../../support/register/find-contradiction.ts';
import type { Mix } from '../../support/tag-history/choose-request.ts';
import {
  runTagHistory,
  type TagHistory,
  type TagLoad,
  type Target,
} from '../../support/tag-history/run-tag-history.ts';
import { AppliedRefusal } from './applied-refusal.ts';
import type { Defect } from './defect.ts';
import { startDefectiveProxy } from './defective-proxy.ts';
import { IgnoredCondition } from './ignored-condition.ts';
import { LostChange } from './lost-change.ts';
import { StaleRead } from './stale-read.ts';

export interface PlantedResult {
  readonly name: string;
  /** Histories in which clients have seen what the defect did; one without a defect counts as seen. */
  readonly plantedCount: number;
  /** Histories of which the check said what is true of them, for the right reason. */
  readonly caughtCount: number;
  readonly historyCount: number;
  /** For a defect: how it looks. */
  readonly example?: Contradiction;
}

export interface PlantedOptions {
  /** Begins the path of each tag: `/v2/<project>`. */
  readonly base: string;
  readonly historiesPerDefect: number;
  readonly clientCount: number;
  readonly seed: number;
}

interface PlantedDefect {
  readonly name: string;
  /** What clients must do much of to meet it. */
  readonly mix: Mix;
  create?(): Defect;
}

export const FAITHFUL_PROXY = 'no defect, the same proxy';

const DEFECTS: readonly PlantedDefect[] = [
  { name: 'a push that is acknowledged and lost', mix: 'blind', create: () => new LostChange('put') },
  {
    name: 'a conditional push that is acknowledged and lost',
    mix: 'conditional',
    create: () => new LostChange('replace'),
  },
  { name: 'a deletion that is acknowledged and lost', mix: 'blind', create: () => new LostChange('delete') },
  { name: 'a stale read', mix: 'blind', create: () => new StaleRead() },
  { name: 'a condition that is not judged with the write', mix: 'conditional', create: () => new IgnoredCondition() },
  { name: 'a refused push that is made', mix: 'conditional', create: () => new AppliedRefusal() },
  { name: FAITHFUL_PROXY, mix: 'conditional' },
];

/** A history goes on so far in any case, and so far at most when the defect does not show. */
const MIN_OPERATIONS = 200;
const MAX_OPERATIONS = 4_000;

/** Runs short histories through a proxy that is wrong in one way, and checks them like any other. */
export async function runPlanted(target: Target, options: PlantedOptions): Promise<readonly PlantedResult[]> {
  const proxy = await startDefectiveProxy(await target.port());
  const behindProxy: Target = {
    authorization: target.authorization,
    now: () => target.now(),
    port: async () => proxy.port,
  };
  const results: PlantedResult[] = [];
  try {
    for (const [index, planted] of DEFECTS.entries()) {
      const runs = Array.from({ length: options.historiesPerDefect }, async (_, run) => {
        const path = `${options.base}/planted-${index}/manifests/run-${run}`;
        const defect = planted.create?.();
        if (defect !== undefined) proxy.plant(path, defect);
        const seed = options.seed + 1_000 * index + 100 * run;
        const { mix } = planted;
        const history = await runThrough({ path, mix, clientCount: options.clientCount, seed }, behindProxy, defect);
        return judge(history, defect);
      });
      results.push(sumUp(planted.name, await Promise.all(runs)));
    }
  } finally {
    await proxy.close();
  }
  return results;
}

async function runThrough(
  load: Pick<TagLoad, 'path' | 'mix' | 'clientCount' | 'seed'>,
  target: Target,
  defect: Defect | undefined,
): Promise<TagHistory> {
  const isDone = (): boolean => defect === undefined || defect.isShown;
  return runTagHistory(
    {
      ...load,
      name: load.path,
      manifestKind: 'index',
      isEnough: (count) => count >= (isDone() ? MIN_OPERATIONS : MAX_OPERATIONS),
    },
    target,
  );
}

interface Judgement {
  readonly isPlanted: boolean;
  readonly isCaught: boolean;
  readonly contradiction: Contradiction | undefined;
}

function judge({ operations, faults }: TagHistory, defect: Defect | undefined): Judgement {
  const { refuted } = checkRegister(operations);
  const contradiction = refuted === undefined ? undefined : findContradiction(refuted);
  if (defect === undefined)
    return { isPlanted: true, isCaught: contradiction === undefined && faults.length === 0, contradiction };
  const texts = [...(contradiction?.essential ?? []), ...(contradiction?.writers ?? [])].map(({ text }) => text);
  const isCaught = texts.some((text) => [...defect.digests].some((digest) => text.includes(digest)));
  return { isPlanted: defect.isShown, isCaught: isCaught && defect.isShown, contradiction };
}

function sumUp(name: string, judgements: readonly Judgement[]): PlantedResult {
  const example = judgements.find(({ contradiction }) => contradiction !== undefined)?.contradiction;
  return {
    name,
    plantedCount: judgements.filter(({ isPlanted }) => isPlanted).length,
    caughtCount: judgements.filter(({ isCaught }) => isCaught).length,
    historyCount: judgements.length,
    ...(example === undefined ? {} : { example }),
  };
}
