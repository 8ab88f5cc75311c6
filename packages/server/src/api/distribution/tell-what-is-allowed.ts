import { OciError } from '@roadstead/oci';
import type { Exchange } from '../../http/exchange.ts';

/** What may not be deleted, as something lists it, may still be read: a 405 says so (RFC 9110 §15.5.6). */
export async function tellWhatIsAllowed(exchange: Exchange, deleting: Promise<void>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (error instanceof OciError && error.status === 405) exchange.response.setHeader('Allow', 'GET, HEAD');
    throw error;
  }
}
