let count = 0;

/**
 * An address of this machine in a network from which nobody came before: wrong passwords are throttled by network, and are to be
 * answered for what they are.
 */
export function nextNetwork(): string {
  count += 1;
  return `127.${1 + (count >> 8)}.${count & 255}.1`;
}
