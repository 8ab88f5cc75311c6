import type { Socket } from 'node:net';

const counts = new WeakMap<Socket, number>();

/** Bytes that were sent over the connection without Node, which does not count them in `bytesWritten`. */
export function bytesPastNode(socket: Socket): number {
  return counts.get(socket) ?? 0;
}

export function addBytesPastNode(socket: Socket, bytes: number): void {
  counts.set(socket, bytesPastNode(socket) + bytes);
}
