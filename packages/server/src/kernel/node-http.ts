import type * as Http from 'node:http';

/**
 * Node's `node:http`. An `import` statement of it reads every export, the WebSocket client among them, and with that Node loads all
 * of its `fetch`: 2 to 3 MB of each process that nothing here uses before something has to be fetched.
 */
export const nodeHttp: typeof Http = process.getBuiltinModule('node:http');
