import { expect, it } from 'vitest';
import { readBlobs } from './read-blobs.ts';

it('reads a bucket of Amazon with nothing else', () => {
  expect(readBlobs('s3://registry-blobs')).toEqual({
    bucket: 'registry-blobs',
    prefix: '',
    region: 'us-east-1',
    endpoint: undefined,
    isPathStyle: false,
    credentials: undefined,
    caFile: undefined,
    encryption: undefined,
    redirects: false,
    publicEndpoint: undefined,
    attempts: 5,
    bufferBytes: 64 * 1024 * 1024,
  });
});

it('reads everything that can be said', () => {
  const parameters = [
    'endpoint=http://10.0.0.1:9000',
    'region=eu-west-3',
    'path-style=false',
    'ca=/etc/store/ca.pem',
    'sse=aws:kms',
    'kms-key=alias/registry',
    'redirect=true',
    'public-endpoint=https://store.example.com',
    'attempts=3',
    'buffer=1GiB',
  ];
  expect(readBlobs(`s3://AKIA:a%2Fb%3D@blobs/of/us/?${parameters.join('&')}`)).toEqual({
    bucket: 'blobs',
    prefix: 'of/us',
    region: 'eu-west-3',
    endpoint: 'http://10.0.0.1:9000',
    isPathStyle: false,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'a/b=' },
    caFile: '/etc/store/ca.pem',
    encryption: { algorithm: 'aws:kms', keyId: 'alias/registry' },
    redirects: true,
    publicEndpoint: 'https://store.example.com',
    attempts: 3,
    bufferBytes: 1024 ** 3,
  });
});

it('asks for the bucket in the path where a store of another maker is named', () => {
  expect(readBlobs('s3://blobs?endpoint=https://store.example.com').isPathStyle).toBe(true);
});

it.each(['s3://', 's3://ab', 's3://-bucket', 'http://bucket', '/srv/blobs', 's3://a:b@bucket?secret=x'])(
  'refuses %s, and quotes no secret',
  (text) => {
    expect(() => readBlobs(text)).toThrow(/^(?!.*a:b)must /);
  },
);

it.each(['/Secret@bucket', '1/Secret@bucket', '?Secret@bucket', '#Secret@bucket', '%Secret@bucket', 'a@Secret@bucket'])(
  'shows nothing of a key that is not percent-encoded: s3://key:%s',
  (text) => {
    expect(() => readBlobs(`s3://key:${text}`)).toThrow(/percent-encoded|%25/);
    expect(() => readBlobs(`s3://key:${text}`)).not.toThrow('Secret');
  },
);
