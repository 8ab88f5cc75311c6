/** A system call as strace logged it. */
export interface SystemCall {
  readonly name: string;
  /** The file or connection that it was about. */
  readonly path: string;
  /** Of a link or a rename: the new name. */
  readonly target: string;
  /** The beginning of what was written. */
  readonly text: string;
  readonly hasFailed: boolean;
  /** The lines of the log in which it began and ended: what ended before another began came before it. */
  readonly start: number;
  readonly end: number;
}

const LINE = /^(\d+) +\d+\.\d+ (.*)$/;
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/;
/** The first argument is a descriptor with its file (-y); a connection's arrow is no end of it. */
const DESCRIPTOR = /^(\w+)\(\d+<((?:[^>]|->)*)>(.*)$/s;
const NAMING = /^((?:rename|link)\w*)\(.*?"([^"]*)".*?"([^"]*)"/s;
const UNFINISHED = ' <unfinished ...>';

/** Reads a log that strace wrote with `-f -ttt -yy -o`, in the order in which the calls began. */
export function parseTrace(log: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly start: number }>();
  for (const [index, line] of log.split('\n').entries()) {
    const [, pid, rest] = LINE.exec(line) ?? [];
    if (pid === undefined || rest === undefined) continue;
    if (rest.endsWith(UNFINISHED)) {
      unfinished.set(pid, { text: rest.slice(0, -UNFINISHED.length), start: index });
      continue;
    }
    const resumed = RESUMED.exec(rest)?.[1];
    const begun = resumed === undefined ? undefined : unfinished.get(pid);
    const call = parseCall(`${begun?.text ?? ''}${resumed ?? rest}`, begun?.start ?? index, index);
    if (call !== undefined) calls.push(call);
  }
  return calls.toSorted((left, right) => left.start - right.start);
}

function parseCall(line: string, start: number, end: number): SystemCall | undefined {
  const common = { hasFailed: / = -1 E\w+ /.test(line), start, end };
  const [, name, path, target] = NAMING.exec(line) ?? [];
  if (name !== undefined) return { name, path: path ?? '', target: target ?? '', text: '', ...common };
  const [, other, file, text] = DESCRIPTOR.exec(line) ?? [];
  if (other === undefined) return undefined;
  return { name: other, path: file ?? '', target: '', text: text ?? '', ...common };
}

export function isSync({ name, hasFailed }: SystemCall): boolean {
  return (name === 'fsync' || name === 'fdatasync') && !hasFailed;
}

export function isWrite({ name }: SystemCall): boolean {
  return name.startsWith('pwrite') || name.startsWith('write') || name === 'ftruncate' || name.startsWith('send');
}
