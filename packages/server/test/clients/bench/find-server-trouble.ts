const shownLines = 20;

/** The server's last warnings and errors: what a failed cell may be the consequence of. */
export function findServerTrouble(log: string): readonly string[] {
  const troubled = log.split('\n').filter((line) => /"level":[456]0\b/.test(line) || /"status":5\d\d\b/.test(line));
  return troubled.slice(-shownLines);
}
