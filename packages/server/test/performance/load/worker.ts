// The process that makes the load. It is told what to do over IPC, one call after the other.
import type { LoadCall, LoadReply } from './load-process.ts';
import type { LoadResult, LoadTask, PreparedLoad } from './load-task.ts';
import { preparePushes } from './prepare-pushes.ts';
import { prepareRequests } from './prepare-requests.ts';
import { prepareUploads } from './prepare-uploads.ts';

let prepared: PreparedLoad | undefined;

function prepare(task: LoadTask): Promise<PreparedLoad> {
  switch (task.kind) {
    case 'requests':
      return prepareRequests(task);
    case 'uploads':
      return prepareUploads(task);
    case 'pushes':
      return preparePushes(task);
  }
}

async function run(): Promise<LoadResult> {
  if (prepared === undefined) throw new Error('nothing is prepared');
  const before = process.cpuUsage();
  const result = await prepared.run();
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpuSeconds: (user + system) / 1e6 };
}

async function answer(call: LoadCall): Promise<LoadReply> {
  try {
    if (call.kind === 'run') return { kind: 'result', result: await run() };
    prepared?.close();
    prepared = undefined;
    if (call.kind === 'prepare') prepared = await prepare(call.task);
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', async (call: LoadCall) => {
  const reply = await answer(call);
  process.send?.(reply);
});
process.on('disconnect', () => process.exit(0));
