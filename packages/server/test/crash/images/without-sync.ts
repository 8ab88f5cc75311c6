// Loaded before the server (`node --import`): files are no longer made durable, and everything else goes on as before.
// The database's own files are synced by its library, in which nothing is changed.
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Done = (error: null) => void;

const succeed = (_descriptor: number, done: Done) => void setImmediate(done, null);
Object.assign(fs, { fsync: succeed, fdatasync: succeed, fsyncSync: () => {}, fdatasyncSync: () => {} });
syncBuiltinESMExports();

const handle = await open(import.meta.filename);
Object.assign(Object.getPrototypeOf(handle), { sync: async () => {}, datasync: async () => {} });
await handle.close();
