// The thread of the one SQLite writer: commands come by message, and each is answered once its commit is durable.
import { parentPort, workerData } from 'node:worker_threads';
import type { DatabaseConfig } from '../databases.ts';
import { systemClock } from '../kernel/clock.ts';
import { INSTANCE_COMMANDS } from '../write-half.ts';
import { CallChannel } from './call-channel.ts';
import { openWrittenDatabase } from './open-written-database.ts';
import { createWriterHost } from './writer-host.ts';

const port = parentPort;
if (port === null) throw new Error('this is a thread of the server: it is not started by hand');
const config: DatabaseConfig = workerData;
const host = createWriterHost({
  openDatabase: (instance) => openWrittenDatabase(config, instance, systemClock),
  commands: INSTANCE_COMMANDS,
});
new CallChannel(
  { post: (messages) => port.postMessage(messages), onMessage: (listener) => port.on('message', listener) },
  host.createSession().handlers,
);
