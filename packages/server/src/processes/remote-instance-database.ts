import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { ReadDatabase } from '../drivers/database/database.ts';
import type { CallChannel } from './call-channel.ts';
import { type ExecuteParams, reviveBuffers } from './writer-host.ts';

/**
 * The database of an instance whose writer is at the other end of `channel`: reads are done here, on connections of this
 * process, and commands go there by their names.
 * @param openReads opens the reading half, once the writer has made the file and brought its schema up to date
 */
export async function openRemoteInstanceDatabase(
  channel: CallChannel,
  instance: string,
  openReads: () => Promise<ReadDatabase<InstanceSchema>>,
): Promise<InstanceDatabase> {
  await channel.call('open', instance);
  const reads = await openReads().catch(async (error: unknown) => {
    await channel.call('close', instance);
    throw error;
  });
  const { engine, schema, capabilities, reader } = reads;
  return {
    engine,
    schema,
    capabilities,
    reader,
    prepareRead: (name, text) => reads.prepareRead(name, text),
    readColumn: (query) => reads.readColumn(query),
    checkHealth: async () => {
      await reads.checkHealth();
      await channel.call('checkHealth', instance);
    },
    execute: async (command, input, durability) => {
      const params: ExecuteParams = { instance, command: command.name, input, durability };
      return reviveBuffers(await channel.call('execute', params));
    },
    close: async () => {
      await reads.close();
      await channel.call('close', instance);
    },
  };
}
