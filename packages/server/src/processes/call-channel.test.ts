import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallChannel, type CallHandler, type ChannelMessage } from './call-channel.ts';

describe('a call channel', () => {
  let ports: MessageChannel;
  let posted: (readonly ChannelMessage[])[];

  beforeEach(() => {
    ports = new MessageChannel();
    posted = [];
  });
  afterEach(() => ports.port1.close());

  function open(port: MessagePort, handlers: Readonly<Record<string, CallHandler>> = {}): CallChannel {
    const post = (messages: readonly ChannelMessage[]) => {
      posted.push(messages);
      port.postMessage(messages);
    };
    return new CallChannel({ post, onMessage: (listener) => port.on('message', listener) }, handlers);
  }

  it('sends the calls of one turn together, and answers each', async () => {
    const near = open(ports.port1);
    open(ports.port2, { double: async (value: number) => value * 2 });
    expect(await Promise.all([1, 2, 3].map((value) => near.call('double', value)))).toEqual([2, 4, 6]);
    expect(posted.map((messages) => messages.length)).toEqual([3, 3]);
  });

  it('fails the one call whose parameters cannot cross, and no other', async () => {
    const near = open(ports.port1);
    open(ports.port2, { echo: async (value: unknown) => value });
    const settled = await Promise.allSettled([near.call('echo', 1), near.call('echo', () => 2), near.call('echo', 3)]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { message: expect.stringContaining('could not be cloned') } });
  });

  it('answers with an error when a value cannot cross', async () => {
    const near = open(ports.port1);
    open(ports.port2, { make: async () => () => 1, echo: async (value: unknown) => value });
    const settled = await Promise.allSettled([near.call('make', 0), near.call('echo', 1)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('fails what was asked, and what is asked later, once the other side is gone', async () => {
    const near = open(ports.port1);
    const asked = near.call('never', 0);
    near.end(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await expect(near.call('never', 0)).rejects.toThrow('gone');
  });
});
