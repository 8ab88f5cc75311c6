import type { Config } from '../../config/config.ts';
import type { ClientAddresses } from '../client-addresses.ts';
import { createAccelRedirect } from './accel-redirect.ts';
import type { BlobAccelerator } from './blob-accelerator.ts';
import { createSendfileAccelerator } from './sendfile-accelerator.ts';
import { createStoreRedirect } from './store-redirect.ts';
import { loadSystemSendfile } from './system-sendfile.ts';

/**
 * What the operator has switched on, in the order in which they are asked.
 * @throws ConfigurationError when one of them cannot work here
 */
export function createAccelerators(
  { accelRedirect, sendfile, dataDir, blobs }: Pick<Config, 'accelRedirect' | 'sendfile' | 'dataDir' | 'blobs'>,
  addresses: ClientAddresses,
): readonly BlobAccelerator[] {
  if (blobs !== undefined) return blobs.redirects ? [createStoreRedirect()] : [];
  const redirect =
    accelRedirect === undefined ? [] : [createAccelRedirect({ prefix: accelRedirect, rootDir: dataDir, addresses })];
  return sendfile ? [...redirect, createSendfileAccelerator(loadSystemSendfile())] : redirect;
}
