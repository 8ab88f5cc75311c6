import { text } from 'node:stream/consumers';
import { createContextStore } from '../contexts/context-store.ts';
import { createProcessRuntime } from '../create-process-runtime.ts';
import { readVersion } from '../version.ts';
import { runCredentialHelper } from './credential-helper.ts';

const action = process.argv[2] ?? '';
if (action === 'version') {
  process.stdout.write(`docker-credential-roadstead ${readVersion()}\n`);
} else {
  const runtime = createProcessRuntime();
  try {
    const input = action === 'list' || action === '' ? '' : await text(runtime.stdin);
    const { output, exitCode } = await runCredentialHelper(createContextStore(runtime), action, input);
    if (output !== '') process.stdout.write(`${output}\n`);
    process.exitCode = exitCode;
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
