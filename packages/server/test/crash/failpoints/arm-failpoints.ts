// Loaded before the server (`node --import`), in each of its processes and threads. FAILPOINT arms one failpoint, as
// `name:crash|EIO|ENOSPC:nth`; FAILPOINT_CONTROL names a file that says the same, can be changed while the server runs, and
// beside which `<file>.struck` says what has struck.
import { appendFileSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { armFailpoints, type Failpoint } from '../../../src/kernel/failpoints.ts';
import { type Arming, type FaultKind, parseArming } from './arming.ts';

const fixed = process.env['FAILPOINT'] ?? '';
const control = process.env['FAILPOINT_CONTROL'];
let current: { readonly text: string; readonly arming: Arming | undefined; passes: number } | undefined;

armFailpoints((name) => {
  const text = control === undefined ? fixed : readFileSync(control, 'utf8');
  if (text !== current?.text) current = { text, arming: parseArming(text), passes: 0 };
  if (current.arming?.name !== name) return;
  current.passes += 1;
  const { kind, nth } = current.arming;
  if (kind === 'count') return tell(text);
  if (current.passes !== nth) return;
  tell(text);
  if (kind === 'crash') process.kill(process.pid, 'SIGKILL');
  else throw createFault(name, kind);
});

function tell(text: string): void {
  if (control !== undefined) appendFileSync(`${control}.struck`, `${text}\n`);
}

/** The error that the step itself would throw: of Node for files, of the driver for the database. */
function createFault(name: Failpoint, kind: Exclude<FaultKind, 'crash'>): Error {
  if (name.startsWith('writer.')) {
    const [code, message] =
      kind === 'EIO' ? ['SQLITE_IOERR_WRITE', 'disk I/O error'] : ['SQLITE_FULL', 'database or disk is full'];
    return Object.assign(new Error(message), { code });
  }
  const syscall = name.startsWith('object.delete') || name === 'upload.abort' ? 'unlink' : 'write';
  const text = kind === 'EIO' ? 'i/o error' : 'no space left on device';
  const errno = -constants.errno[kind];
  return Object.assign(new Error(`${kind}: ${text}, ${syscall}`), { code: kind, errno, syscall });
}
