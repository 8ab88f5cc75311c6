import type { Recorder } from '../ledger/ledger.ts';
import { keyOf, type LedgerState, PRESENT, type Subject } from '../ledger/ledger-state.ts';
import { ABSENT } from '../ledger/register.ts';
import { describeAnswer, type HttpClient, NoAnswerError } from '../load/http-client.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { checkUploads } from './check-uploads.ts';
import { CheckedReads } from './checked-reads.ts';
import { createFindings, type Findings } from './findings.ts';
import { inParallel } from './in-parallel.ts';

export interface CheckOptions {
  readonly client: HttpClient;
  /** What the ledger said when the server was stopped. */
  readonly state: LedgerState;
  /** Where it is written down what was seen of what had been uncertain. */
  readonly recorder: Recorder;
  /** Everything written since this position of the ledger is read … */
  readonly since: number;
  /** … and so many of what is older; undefined reads everything. */
  readonly sample: { readonly count: number; readonly random: SeededRandom } | undefined;
  /** Whether a collector takes acknowledged blobs that no manifest lists; those that one lists are held all the same. */
  readonly isCollecting?: boolean;
  /** A power cut may take open uploads or their last bytes, never a part of one that is then taken for the whole. */
  readonly uploads: 'survive' | 'may-be-lost' | 'not-looked-at';
}

type Entry = ReturnType<LedgerState['entries']> extends IterableIterator<infer Each> ? Each : never;

const CONCURRENCY = 8;

/** Holds a server that nobody writes to against the ledger: every tag, manifests and blobs with all of their bytes, uploads. */
export async function checkServer(options: CheckOptions): Promise<Findings> {
  const findings = createFindings();
  const check = new ServerCheck(options, findings);
  try {
    await check.checkTags();
    await check.checkEntries('manifest');
    await check.checkEntries('blob');
    if (options.uploads !== 'not-looked-at') await checkUploads(options, findings);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    findings.others.push(`the check could not go on: ${error.message}`);
  }
  return findings;
}

class ServerCheck {
  readonly #options: CheckOptions;
  readonly #findings: Findings;
  readonly #reads: CheckedReads;

  constructor(options: CheckOptions, findings: Findings) {
    this.#options = options;
    this.#findings = findings;
    this.#reads = new CheckedReads(options.client, findings);
  }

  /** The lists name the tags that there may be and all that must be, and what they name can be read. */
  async checkTags(): Promise<void> {
    const { state } = this.#options;
    const listed = new Map<string, ReadonlySet<string>>();
    for (const repository of state.repositories()) {
      const tags = await this.#listTags(repository);
      listed.set(repository, tags);
      for (const name of tags) {
        const possible = state.possibleValues('tag', repository, name);
        if (![...possible].some((value) => value !== ABSENT)) this.#judge(`${repository}:${name}`, possible, 'listed');
      }
      for (const { name } of [...state.entries('tag')].filter((entry) => entry.repository === repository)) {
        const possible = state.possibleValues('tag', repository, name);
        if (!possible.has(ABSENT) && !tags.has(name)) this.#judge(`${repository}:${name}`, possible, ABSENT);
      }
    }
    await inParallel(this.#choose('tag'), CONCURRENCY, ({ repository, name }) =>
      this.#checkTag(repository, name, listed.get(repository)?.has(name) === true),
    );
  }

  async checkEntries(subject: 'manifest' | 'blob'): Promise<void> {
    await inParallel(this.#choose(subject), CONCURRENCY, (entry) => this.#checkPresence(subject, entry));
  }

  /** Those in reach of this check. */
  #choose(subject: Subject): readonly Entry[] {
    const { state, since, sample } = this.#options;
    const entries = [...state.entries(subject)];
    if (sample === undefined) return entries;
    const isRecent = (entry: Entry) => entry.register.lastStartedAt >= since;
    const older = entries.filter((entry) => !isRecent(entry));
    return [...entries.filter(isRecent), ...sample.random.sample(older, sample.count)];
  }

  async #checkTag(repository: string, name: string, isListed: boolean): Promise<void> {
    const what = `the tag ${repository}:${name}`;
    const possible = this.#options.state.possibleValues('tag', repository, name);
    const manifest = await this.#reads.findManifest(repository, name);
    if (isListed && manifest === undefined) this.#findings.unreadable.push(`${what} is listed and cannot be read`);
    if (!isListed && manifest !== undefined) this.#findings.lost.push(`${what} can be read and is not listed`);
    this.#judge(what, possible, manifest?.digest ?? ABSENT);
    this.#settle('tag', repository, name, possible, manifest?.digest ?? ABSENT);
  }

  async #checkPresence(subject: 'manifest' | 'blob', { repository, name }: Entry): Promise<void> {
    const possible = this.#options.state.possibleValues(subject, repository, name);
    const isThere =
      subject === 'manifest'
        ? (await this.#reads.findManifest(repository, name)) !== undefined
        : await this.#reads.hasBlob(repository, name);
    const value = isThere ? PRESENT : ABSENT;
    const isCollected = this.#options.isCollecting === true && subject === 'blob' && !possible.has(value) && !isThere;
    if (isCollected) this.#findings.collectedCount += 1;
    else this.#judge(`the ${subject} ${name} of ${repository}`, possible, value);
    this.#settle(subject, repository, name, possible, value);
  }

  #judge(what: string, possible: ReadonlySet<string>, value: string): void {
    if (possible.has(value)) return;
    const wanted = [...possible].map(describeValue).join(' or ');
    const list = value === ABSENT || !possible.has(ABSENT) ? this.#findings.lost : this.#findings.phantoms;
    list.push(`${what} is ${describeValue(value)} rather than ${wanted}`);
  }

  #settle(subject: Subject, repository: string, name: string, possible: ReadonlySet<string>, value: string): void {
    if (possible.size > 1 && possible.has(value))
      this.#options.recorder.observe(keyOf(subject, repository, name), value);
  }

  /** In small pages, so that the seams between them are looked at as well. */
  async #listTags(repository: string): Promise<ReadonlySet<string>> {
    const tags = new Set<string>();
    for (let path: string | undefined = `/v2/${repository}/tags/list?n=7`; path !== undefined; ) {
      this.#findings.requestCount += 1;
      const answer = await this.#options.client.ask('GET', path);
      if (answer.status === 404) return tags;
      if (answer.status !== 200) {
        this.#findings.others.push(`GET ${path}: ${describeAnswer(answer)}`);
        return tags;
      }
      const page = JSON.parse(answer.body.toString('utf8')) as { readonly tags: readonly string[] | null };
      for (const tag of page.tags ?? []) tags.add(tag);
      path = /<([^>]+)>; *rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    }
    return tags;
  }
}

function describeValue(value: string): string {
  return value === ABSENT ? 'absent' : value;
}
