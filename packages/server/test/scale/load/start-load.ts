import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryWrites } from '../../support/load/registry-writes.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { SERVED_BY } from '../../support/start-balancer.ts';
import { runTagHistory, type TagHistory, type Target } from '../../support/tag-history/run-tag-history.ts';
import type { RequestLog } from '../request-log.ts';
import { ScaleWorker } from './scale-worker.ts';
import type { SharedContent } from './shared-content.ts';

export interface LoadInit {
  readonly seed: number;
  readonly log: RequestLog;
  readonly findings: string[];
  readonly content: SharedContent;
  readonly writes: RegistryWrites;
  readonly authorization: string;
  readonly port: number;
  /** Of the tags whose histories are judged. */
  readonly project: string;
}

export interface RunningLoad {
  readonly tagOperationCount: number;
  /** Steps that clients have given up, after all of their tries. */
  readonly givenUp: readonly string[];
  /** Ends when each client has ended what it was at. */
  stop(): Promise<readonly TagHistory[]>;
}

const WORKERS = 6;
const TAGS = 4;
const CLIENTS_PER_TAG = 8;
/** Operations on tags in a second at most, so that the machine has something left for those who come back. */
const TAG_RATE = 260;
/** After a failure a client waits, as all do. */
const PAUSE_AFTER_FAILURE_MS = 400;

/** Clients that work on images, and clients that work on the same few tags at once. */
export function startLoad(init: LoadInit): RunningLoad {
  let isOver = false;
  let tagOperationCount = 0;
  const givenUp: string[] = [];
  const workers = Array.from({ length: WORKERS }, (_, index) =>
    new ScaleWorker({
      name: `scale ${init.seed} ${index}`,
      writes: init.writes,
      content: init.content,
      random: new SeededRandom(init.seed + index),
      complain: (what) => init.findings.push(what),
      giveUp: (step) => givenUp.push(step),
    }).run(() => isOver),
  );
  const target = createTarget(init, () => {
    tagOperationCount += 1;
  });
  const histories = Array.from({ length: TAGS }, (_, index) =>
    runTagHistory(
      {
        name: `${init.project}/tags/${index}`,
        path: `/v2/${init.project}/tags/manifests/tag-${index}`,
        manifestKind: 'index',
        mix: index % 2 === 0 ? 'blind' : 'conditional',
        clientCount: CLIENTS_PER_TAG,
        seed: init.seed + 1_000 * index,
        isEnough: () => isOver,
      },
      target,
    ),
  );
  const all = Promise.all([Promise.all(histories), Promise.all(workers)]);
  // It may fail long before anybody waits for it.
  all.catch(() => undefined);
  return {
    get tagOperationCount() {
      return tagOperationCount;
    },
    givenUp,
    stop: async () => {
      isOver = true;
      const [tagHistories] = await all;
      return tagHistories;
    },
  };
}

function createTarget({ log, authorization, port }: LoadInit, count: () => void): Target {
  const startNs = process.hrtime.bigint();
  let nextTurnMs = performance.now();
  return {
    authorization,
    now: () => Number(process.hrtime.bigint() - startNs),
    port: async () => port,
    count,
    observe: async (request, answer, calledAtNs) => {
      const nowMs = performance.now();
      nextTurnMs = Math.max(nextTurnMs + 1_000 / TAG_RATE, nowMs);
      const waitMs = nextTurnMs - nowMs;
      if (answer === 'abandoned') log.succeed();
      else if (typeof answer !== 'string' && answer.status < 500) log.succeed();
      else {
        const elapsedMs = (Number(process.hrtime.bigint() - startNs) - calledAtNs) / 1e6;
        const [why, node, detail] =
          typeof answer === 'string'
            ? [answer, undefined, '']
            : [`${answer.status}`, answer.header(SERVED_BY), answer.body.toString('utf8', 0, 200)];
        log.fail({
          kind: `tag ${request.kind} ${why}`,
          node,
          startedAtMs: nowMs - elapsedMs,
          endedAtMs: nowMs,
          detail,
        });
        await delay(PAUSE_AFTER_FAILURE_MS * (0.5 + Math.random()));
      }
      await delay(waitMs);
    },
  };
}
