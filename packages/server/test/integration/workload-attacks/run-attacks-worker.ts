// A thread whose product has one defect: each edit is made as its file is loaded. Answers with the names of the attacks that got in.
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Edit } from './planted-defects.ts';

const SOURCES = '/packages/server/src/';
/** Support for tests asks it for PostgreSQL, which is not needed here. */
const VITEST = 'data:text/javascript,export const inject = () => undefined;';

const edits = workerData as readonly Edit[];
const made = new Set<Edit>();

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === 'vitest' ? { url: VITEST, shortCircuit: true } : nextResolve(specifier, context),
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const own = edits.filter(({ file }) => url.endsWith(`${SOURCES}${file}`));
    if (own.length === 0) return loaded;
    return { ...loaded, source: own.reduce(change, Buffer.from(loaded.source as Uint8Array).toString()) };
  },
});

function change(source: string, edit: Edit): string {
  const parts = source.split(edit.text);
  if (parts.length !== 2) throw new Error(`${edit.file} has ${parts.length - 1} times: ${edit.text}`);
  made.add(edit);
  return parts.join(edit.instead);
}

// Only now, so that it is loaded with the defect.
const { AttackStage } = await import('./attack-stage.ts');
const { runAttacks } = await import('./run-attacks.ts');
const stage = await AttackStage.open();
const gained = await runAttacks(stage, { inEveryWay: false });
await stage.close();
if (made.size !== edits.length) throw new Error('a file with a defect was never loaded');
parentPort?.postMessage(gained);
