import { type Command, InvalidArgumentError, Option } from 'commander';

/** The flags that push, pull and copy share. */
export interface TransferFlags {
  readonly referrers?: boolean;
  readonly parallel: number;
}

/** The flags of what uploads. */
export interface UploadFlags extends TransferFlags {
  readonly chunkSize: number;
}

const MIB = 1024 * 1024;
const DEFAULT_CHUNK_MIB = 64;

export function addTransferOptions(command: Command): Command {
  return command
    .option('--referrers', 'also take signatures, SBOMs and whatever else refers to it')
    .addOption(
      new Option('--parallel <COUNT>', 'blobs under way at a time')
        .default(3)
        .argParser((text) => parseCount(text, 32)),
    );
}

export function addUploadOptions(command: Command): Command {
  return addTransferOptions(command).addOption(
    new Option('--chunk-size <MIB>', 'blobs over this size are sent in chunks, which can be resumed')
      .default(DEFAULT_CHUNK_MIB)
      .argParser((text) => parseCount(text, 4096)),
  );
}

export function chunkBytesOf(flags: UploadFlags): number {
  return flags.chunkSize * MIB;
}

function parseCount(text: string, most: number): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= most) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}
