import { createProcessRuntime } from './create-process-runtime.ts';
import { EXIT_CODE } from './exit-code.ts';
import { runProgram } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `roadstead ls | head` closes the pipe early, which is no failure.
  process.exit(error.code === 'EPIPE' ? EXIT_CODE.ok : EXIT_CODE.failure);
});

const exitCode = await runProgram(createProcessRuntime(), process.argv.slice(2));
// Output to a pipe may still be under way: the process ends when it is written, and idle connections must not keep it.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
