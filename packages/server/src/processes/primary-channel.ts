import type { CallHandler, ChannelMessage } from './call-channel.ts';
import { CallChannel } from './call-channel.ts';

/** The channel of a server process to its primary. @throws Error when this process has no primary */
export function openPrimaryChannel(handlers: Readonly<Record<string, CallHandler>>): CallChannel {
  if (process.send === undefined) throw new Error('this process was not started by a primary process');
  return new CallChannel(
    {
      // A primary that is gone takes this process with it: nobody needs the message then.
      post: (messages: readonly ChannelMessage[]) => process.send?.(messages, undefined, {}, () => undefined),
      onMessage: (listener) => process.on('message', listener),
    },
    handlers,
  );
}
