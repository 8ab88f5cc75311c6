export interface Difference {
  readonly lines: RegExp;
  readonly reason: string;
}

/** Where our contract is not Harbor's, and why. */
export const DIFFERENCES: readonly Difference[] = [
  { lines: / \+ (?:query|path|header) \S+ at most \d+(?: characters)?$/, reason: 'bounds where Harbor has none' },
  {
    lines: / \+ .*\.repositories (?:string|at most \d+ characters)$/,
    reason: 'ours: members of some repositories only',
  },
  {
    lines: /ReplicationPolic(?:y|ies) [+-] \S+ \S*\.filters\[\]\.value (?:object|anything)$/,
    reason: "a filter's value is a text or a list of texts: Harbor's document says object for what Go calls any",
  },
  {
    lines: / \+ \S+ \S*\.metadata\.visibility string$/,
    reason: 'ours: projects that everybody who is signed in may pull from',
  },
  { lines: /^RefreshSec \+ body \.overlap_seconds integer$/, reason: 'ours: the old secret works a while longer' },
  { lines: /^RefreshSec [+-] body (?:required|optional)$/, reason: 'ours: without a body a secret is made' },
];
