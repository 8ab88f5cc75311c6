import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import { locateInstance } from '../control-plane/instances/instance-location.ts';

/** Where the generated password of an instance's administrator lies: that of the single default in the data folder itself. */
export function adminPasswordFolder(dataDir: string, instanceId: string): string {
  return instanceId === DEFAULT_INSTANCE_ID ? dataDir : locateInstance(dataDir, instanceId).folder;
}
