import fc from 'fast-check';

/** One thing that happens to the registry. Numbers pick from what is there, round and round. */
export type ModelStep =
  | {
      readonly kind: 'image';
      readonly repository: number;
      readonly config: number;
      readonly layers: readonly number[];
      readonly tag: number | undefined;
      readonly subject: number | undefined;
      /** Asks before it uploads, as clients do. */
      readonly asks: boolean;
    }
  | {
      readonly kind: 'index';
      readonly repository: number;
      readonly children: readonly number[];
      readonly tag: number | undefined;
      readonly subject: number | undefined;
    }
  | { readonly kind: 'again'; readonly repository: number; readonly pick: number; readonly tag: number | undefined }
  | { readonly kind: 'head'; readonly repository: number; readonly blob: number }
  | { readonly kind: 'head-manifest'; readonly repository: number; readonly pick: number }
  | { readonly kind: 'mount'; readonly from: number; readonly repository: number; readonly blob: number }
  | { readonly kind: 'delete-tag'; readonly repository: number; readonly tag: number }
  | { readonly kind: 'delete-manifest'; readonly repository: number; readonly pick: number }
  | { readonly kind: 'delete-blob'; readonly repository: number; readonly blob: number }
  | { readonly kind: 'restore'; readonly pick: number }
  | { readonly kind: 'purge'; readonly what: 'one' | 'project' | 'all'; readonly pick: number }
  | { readonly kind: 'policy'; readonly project: number; readonly afterMs: number | null }
  | { readonly kind: 'advance'; readonly milliseconds: number }
  | { readonly kind: 'pass' }
  | { readonly kind: 'abandon'; readonly repository: number }
  | { readonly kind: 'stray' }
  | { readonly kind: 'hold'; readonly milliseconds: number };

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const BLOBS = 6;
export const TAGS = 3;

const repository = fc.nat(2);
const blob = fc.nat(BLOBS - 1);
const pick = fc.nat(30);
const tag = fc.option(fc.nat(TAGS - 1), { nil: undefined, freq: 1 });
const subject = fc.option(pick, { nil: undefined, freq: 1 });

const push: fc.Arbitrary<ModelStep> = fc.oneof(
  fc.record({
    kind: fc.constant('image' as const),
    repository,
    config: blob,
    layers: fc.array(blob, { maxLength: 3 }),
    tag,
    subject,
    asks: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('index' as const),
    repository,
    children: fc.array(pick, { minLength: 1, maxLength: 3 }),
    tag,
    subject,
  }),
  fc.record({ kind: fc.constant('again' as const), repository, pick, tag }),
);

const change: fc.Arbitrary<ModelStep> = fc.oneof(
  fc.record({ kind: fc.constant('head' as const), repository, blob }),
  fc.record({ kind: fc.constant('head-manifest' as const), repository, pick }),
  fc.record({ kind: fc.constant('mount' as const), from: repository, repository, blob }),
  fc.record({ kind: fc.constant('delete-tag' as const), repository, tag: fc.nat(TAGS - 1) }),
  ...Array.from({ length: 4 }, () => fc.record({ kind: fc.constant('delete-manifest' as const), repository, pick })),
  ...Array.from({ length: 3 }, () => fc.record({ kind: fc.constant('delete-blob' as const), repository, blob })),
  ...Array.from({ length: 4 }, () => fc.record({ kind: fc.constant('restore' as const), pick })),
  fc.record({ kind: fc.constant('purge' as const), what: fc.constantFrom('one', 'one', 'project', 'all'), pick }),
  fc.record({
    kind: fc.constant('policy' as const),
    project: fc.nat(1),
    afterMs: fc.constantFrom(null, 0, 2 * DAY_MS),
  }),
  fc.record({ kind: fc.constant('abandon' as const), repository }),
  fc.record({ kind: fc.constant('stray' as const) }),
  fc.record({ kind: fc.constant('hold' as const), milliseconds: fc.constantFrom(0, 2 * HOUR_MS) }),
);

const time: fc.Arbitrary<ModelStep> = fc.oneof(
  fc.constant({ kind: 'pass' as const }),
  fc.constant({ kind: 'pass' as const }),
  fc.record({
    kind: fc.constant('advance' as const),
    milliseconds: fc.constantFrom(
      MINUTE_MS,
      20 * MINUTE_MS,
      2 * HOUR_MS,
      25 * HOUR_MS,
      25 * HOUR_MS,
      25 * HOUR_MS,
      8 * DAY_MS,
    ),
  }),
);

/** Without the bias of fast-check towards short histories and small numbers, in which little comes about. */
export const MODEL_STEPS: fc.Arbitrary<readonly ModelStep[]> = fc.noBias(
  fc.array(fc.oneof({ arbitrary: push, weight: 4 }, { arbitrary: change, weight: 4 }, { arbitrary: time, weight: 4 }), {
    minLength: 1,
    maxLength: 60,
    size: 'max',
  }),
);

/** What holds from the start. */
export const MODEL_SETTINGS = fc.record({
  times: fc.record({
    reviewDelayMs: fc.constantFrom(0, HOUR_MS / 2, DAY_MS),
    pushWindowMs: fc.constant(HOUR_MS),
    trashWindowMs: fc.constantFrom(0, 7 * DAY_MS, 7 * DAY_MS),
  }),
  policies: fc.array(fc.constantFrom(null, 0, 2 * DAY_MS), { minLength: 2, maxLength: 2 }),
});
