// Loaded before the server by `--import`: nothing is appended to the journal, so that a benchmark shows what the journal costs.
import { registerHooks } from 'node:module';

const JOURNAL = '/src/journal/journal.ts';
const NOTHING = 'export async function appendJournal() {}\n';

registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith(JOURNAL) ? { format: 'module', source: NOTHING, shortCircuit: true } : nextLoad(url, context),
});
