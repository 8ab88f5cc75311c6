/** Counts what passed, and keeps what did not. */
export class Tally {
  readonly failures: string[] = [];
  passed = 0;

  /** One thing looked at; it fails with any fault. */
  count(what: string, faults: readonly string[]): void {
    if (faults.length === 0) this.passed += 1;
    else this.failures.push(`${what}: ${describeFaults(faults)}`);
  }
}

const MAX_SHOWN_FAULTS = 5;

function describeFaults(faults: readonly string[]): string {
  const more = faults.length - MAX_SHOWN_FAULTS;
  return [...faults.slice(0, MAX_SHOWN_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
