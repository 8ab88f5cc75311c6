import { describeBlobStorage } from '../blob-storage.contract.ts';
import { createMemoryMedium, createMemoryStorage } from './memory-storage.ts';

describeBlobStorage(
  'memory',
  async () => {
    const medium = createMemoryMedium();
    const open = () => createMemoryStorage(medium);
    return { medium, storage: open(), reopen: async () => open(), cleanup: async () => {} };
  },
  {
    truncateObject: async ({ medium }, key, sizeBytes) => {
      const bytes = medium.objects.get(key);
      if (bytes !== undefined) medium.objects.set(key, bytes.subarray(0, sizeBytes));
    },
    countUploadBytes: async ({ medium }, uploadId) => medium.uploads.get(uploadId)?.byteLength ?? 0,
    findQuarantined: async ({ medium }, key) => medium.quarantine.get(key),
  },
);
