import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import tls from 'node:tls';
import type { Runtime } from './runtime.ts';

/** The runtime of a real process. */
export function createProcessRuntime(): Runtime {
  return {
    env: process.env,
    hostname,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    fetch: globalThis.fetch,
    nowMs: () => Date.now(),
    random: () => Math.random(),
    sleepMs: async (ms) => {
      await setTimeout(ms);
    },
    tls: {
      addTrustedCertificates(pem) {
        tls.setDefaultCACertificates([...tls.getCACertificates('default'), pem]);
      },
      addSystemCertificates() {
        tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
      },
      trustAnything() {
        // Node warns in its own words about this; ours have been said already.
        process.removeAllListeners('warning');
        process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      },
    },
  };
}
