import { afterEach, beforeEach, describe } from 'vitest';

import type { BlobStorage } from './blob-storage.ts';
import { describeAppending } from './contract/appending.ts';
import { describeCompleting } from './contract/completing.ts';
import { describeFailingAppends } from './contract/failing-appends.ts';
import { describeHostileNames } from './contract/hostile-names.ts';
import { describeImporting } from './contract/importing.ts';
import { describeListingUploads } from './contract/listing-uploads.ts';
import { describeLocating } from './contract/locating.ts';
import { describeObjects } from './contract/objects.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './contract/opened-storage.ts';
import { describePutting } from './contract/putting.ts';
import { describeQuarantine } from './contract/quarantine.ts';
import { describeReading } from './contract/reading.ts';
import { describeRecords } from './contract/records.ts';

/**
 * The contract of `BlobStorage` as tests: each driver's test file calls this once, and it tries to break every sentence of
 * the interface. Each state goes through JSON on its way, as it does through an upload's row.
 * @param openStorage opens an empty storage; called once for each test
 * @param capabilities what the driver's test can do behind the driver's back; each adds tests
 */
export function describeBlobStorage<T extends OpenedStorage>(
  name: string,
  openStorage: () => Promise<T>,
  capabilities: BlobStorageCapabilities<T> = {},
): void {
  describe(`${name} as a blob storage`, () => {
    let opened: T | undefined;
    let storage: BlobStorage | undefined;

    beforeEach(async () => {
      opened = await openStorage();
      storage = opened.storage;
    });

    afterEach(async () => {
      await storage?.close();
      await opened?.cleanup();
      opened = undefined;
    });

    const current: CurrentStorage<T> = {
      get opened() {
        if (opened === undefined) throw new Error('no storage is open outside a test');
        return opened;
      },
      get storage() {
        return storage ?? this.opened.storage;
      },
      async reopen() {
        storage = await this.opened.reopen();
      },
    };
    describeAppending(current);
    describeFailingAppends(current, capabilities);
    describeCompleting(current);
    describePutting(current);
    describeImporting(current);
    describeReading(current, capabilities);
    describeObjects(current, capabilities);
    describeListingUploads(current);
    describeQuarantine(current, capabilities);
    describeRecords(current);
    if (capabilities.locates === true) describeLocating(current);
    describeHostileNames(current, capabilities);
  });
}
