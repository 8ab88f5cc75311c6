// `npm run test:egress`: no feature that connects to what a user has named reaches an address that users may not connect to. In a
// network namespace where every address is a canary's, with names that change what they resolve to. It needs Linux and root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { CleanUp } from '../support/process/clean-up.ts';
import { createEgressNamespace } from './namespace.ts';

const cleanUp = new CleanUp();
cleanUp.coverAllEnds();
try {
  const [command = 'ip', ...wrapper] = createEgressNamespace(cleanUp);
  const inside = path.join(import.meta.dirname, 'inside.ts');
  const child = spawn(command, [...wrapper, process.execPath, inside], { stdio: 'inherit' });
  cleanUp.defer(() => void child.kill('SIGKILL'));
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  cleanUp.run();
}
