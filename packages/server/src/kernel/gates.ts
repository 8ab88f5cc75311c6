import type { Actor } from './actor.ts';

/** What is about to be written, as the gates see it. Every way in (push, mount, copy, import …) passes here. */
export type PushIntent =
  | {
      readonly kind: 'blob';
      readonly projectId: number;
      readonly repository: string;
      readonly digest: string;
      readonly sizeBytes: number;
    }
  | {
      readonly kind: 'manifest';
      readonly projectId: number;
      readonly repository: string;
      readonly digest: string;
      readonly mediaType: string;
      readonly artifactType: string | undefined;
      readonly subject: string | undefined;
      readonly sizeBytes: number;
      readonly tags: readonly string[];
    }
  | {
      /** `move-tag`: it stands at another manifest and is locked; asked beside `manifest`, which comes before. */
      readonly kind: 'delete-manifest' | 'delete-tag' | 'move-tag';
      readonly projectId: number;
      readonly repository: string;
      readonly digest: string;
      readonly tags: readonly string[];
    };

/** What is about to be read. */
export interface PullIntent {
  readonly projectId: number;
  readonly repository: string;
  readonly digest: string;
  readonly tag: string | undefined;
}

/**
 * Refuses a write: quota, immutability, signature policy, plan limits. It runs inside the transaction of the write, so it
 * may await nothing but `tx`, and what it read is what the write commits against.
 */
export interface PushGate<Tx> {
  readonly name: string;
  /** @throws ProductError (DENIED, PRECONDITION_FAILED …) with a sentence for the person who pushes. */
  assertCanPush(tx: Tx, actor: Actor, intent: PushIntent): Promise<void>;
}

/** Refuses a read: vulnerability and signature policies. */
export interface PullGate {
  readonly name: string;
  /** @throws ProductError with a sentence for the person who pulls. */
  assertCanPull(actor: Actor, intent: PullIntent): Promise<void>;
}
