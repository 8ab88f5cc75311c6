import { OciError } from './errors.ts';

/**
 * @param path where it is wrong, such as `layers[3].size`; empty for the document as a whole.
 * @param sentence for the person who pushed it.
 */
export function manifestInvalid(path: string, sentence: string): OciError {
  if (path === '') return new OciError('MANIFEST_INVALID', sentence);
  return new OciError('MANIFEST_INVALID', `${path}: ${sentence}`, { detail: { path } });
}
