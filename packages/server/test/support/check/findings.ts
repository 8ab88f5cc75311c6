/** What a look at a server found wrong. */
export interface Findings {
  /** Acknowledged, and gone or not to be read. */
  readonly lost: string[];
  /** Uploads whose acknowledged bytes cannot be continued. */
  readonly lostUploads: string[];
  /** There, although nobody asked for it or its end was acknowledged. */
  readonly phantoms: string[];
  /** Other bytes than the digest says. */
  readonly wrongDigests: string[];
  /** Said to be there, and not to be read in whole. */
  readonly unreadable: string[];
  /** Answers that must not be. */
  readonly others: string[];
  requestCount: number;
  /** Acknowledged blobs that no manifest lists and a collector has taken. */
  collectedCount: number;
}

export function createFindings(): Findings {
  return {
    lost: [],
    lostUploads: [],
    phantoms: [],
    wrongDigests: [],
    unreadable: [],
    others: [],
    requestCount: 0,
    collectedCount: 0,
  };
}

/** All of them, each with its kind. */
export function listFindings(findings: Findings): readonly string[] {
  const { lost, lostUploads, phantoms, wrongDigests, unreadable, others } = findings;
  return [
    ...lost.map((what) => `lost: ${what}`),
    ...lostUploads.map((what) => `lost upload: ${what}`),
    ...phantoms.map((what) => `phantom: ${what}`),
    ...wrongDigests.map((what) => `wrong digest: ${what}`),
    ...unreadable.map((what) => `unreadable: ${what}`),
    ...others,
  ];
}

/** How many of each kind, over several looks. */
export class FindingCounts {
  lost = 0;
  lostUploads = 0;
  phantoms = 0;
  wrongDigests = 0;
  requests = 0;
  collected = 0;

  add(findings: Findings): void {
    this.lost += findings.lost.length + findings.unreadable.length;
    this.lostUploads += findings.lostUploads.length;
    this.phantoms += findings.phantoms.length;
    this.wrongDigests += findings.wrongDigests.length;
    this.requests += findings.requestCount;
    this.collected += findings.collectedCount;
  }

  /** For people. */
  describe(): string {
    const { lost, lostUploads, phantoms, wrongDigests, requests } = this;
    return `lost ${lost}, lost uploads ${lostUploads}, phantoms ${phantoms}, wrong digests ${wrongDigests}; ${requests} requests of the checks`;
  }
}
