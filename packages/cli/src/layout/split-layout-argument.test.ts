import { expect, test } from 'vitest';
import { splitLayoutArgument } from './split-layout-argument.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const exists = (path: string) => ['layout', 'odd:path', 'image.tar'].includes(path);

test.each([
  ['layout', 'layout', undefined],
  ['layout:v1', 'layout', 'v1'],
  ['layout:host:5000/app:v1', 'layout', 'host:5000/app:v1'],
  ['odd:path', 'odd:path', undefined],
  ['odd:path:v1', 'odd:path', 'v1'],
  [`layout@${DIGEST}`, 'layout', DIGEST],
  ['image.tar:v1', 'image.tar', 'v1'],
  ['absent:v1', 'absent:v1', undefined],
])('%s is the layout %s with the selector %s', (text, location, selector) => {
  expect(splitLayoutArgument(text, exists)).toEqual({ location, selector });
});
