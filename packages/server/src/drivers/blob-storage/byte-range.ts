/** @throws RangeError unless `0 <= start <= end`, both whole numbers; what the object holds is for the driver to see. */
export function assertByteRange(start: number, end: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return;
  throw new RangeError(`not a range of bytes: ${start} to ${end}`);
}
