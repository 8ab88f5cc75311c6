/**
 * Settings under which the collector of what nobody lists works without a pause, and waits for nothing, while the server is
 * killed, loses its power or fails.
 */
export const COLLECTOR_ENV: Readonly<Record<string, string>> = {
  ROADSTEAD_COLLECTION_INTERVAL: '10ms',
  ROADSTEAD_COLLECTION_DELAY: '0s',
  ROADSTEAD_PUSH_WINDOW: '1s',
  ROADSTEAD_TRASH_WINDOW: '0s',
  ROADSTEAD_STRAY_GRACE: '0s',
  ROADSTEAD_COLLECTION_CAP: '1024GiB',
};

/** Whether, under these settings, it may take an acknowledged blob that no manifest lists. */
export const COLLECTOR_TAKES_UNLISTED_BLOBS: boolean = true;
