/**
 * Gives the memory of bytes that nobody looks at any more back at once, where they have it for themselves. Left to the
 * garbage collector, the pieces of a large upload make it walk the whole heap fifty times a gigabyte, and lie in memory
 * that the processor has long forgotten.
 */
export function freeMemory({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isAlone = byteOffset === 0 && byteLength === buffer.byteLength;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
