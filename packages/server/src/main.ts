// The version is checked before anything is imported: what comes next needs it.
const NEEDED = [24, 15] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `roadstead: this is Node ${process.versions.node}, and Node ${NEEDED.join('.')} or newer is needed: ` +
      'start by `npm start`, which brings its own on Linux, or install it.',
  );
  process.exit(2);
}

const { runCommands } = await import('./commands/run-commands.ts');
process.exitCode = await runCommands(process.argv.slice(2), process.env);
// A command has ended when it returns: nothing that it left behind (a pool, a timer) keeps the process.
process.exit();

export {};
