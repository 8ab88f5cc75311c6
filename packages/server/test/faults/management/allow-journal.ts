import type { ExplainChanges } from '../fault-class.ts';
import { compareSnapshots } from '../state-snapshot.ts';

/** For a class that takes away what it makes: entries of these kinds stay of it in the journal, and nothing else. */
export function allowJournal(kinds: readonly string[]): ExplainChanges {
  const allowed = ['table journal', ...kinds.map((kind) => `journal entries ${kind}`)];
  return (before, after) =>
    compareSnapshots(before, after).filter((change) => !allowed.some((name) => change.startsWith(`${name}: `)));
}
