import { openCompileCache } from './open-compile-cache.ts';

openCompileCache(process.env);
const { createProcessRuntime } = await import('./create-process-runtime.ts');
const { EXIT_CODE } = await import('./exit-code.ts');
const { runProgram } = await import('./program.ts');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `roadstead ls | head` closes the pipe early, which is no failure.
  process.exit(error.code === 'EPIPE' ? EXIT_CODE.ok : EXIT_CODE.failure);
});

const exitCode = await runProgram(createProcessRuntime(), process.argv.slice(2));
// Output to a pipe may still be under way: the process ends when it is written, and idle connections must not keep it.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
