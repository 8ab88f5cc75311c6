import { expect, test } from 'vitest';
import { CliError } from '../cli-error.ts';
import { isLoopback, parseServerAddress } from './server-address.ts';

test('this machine is spoken to in http and every other one in https', () => {
  expect(parseServerAddress('127.0.0.1:8080').origin).toBe('http://127.0.0.1:8080');
  expect(parseServerAddress('[::1]:8080').origin).toBe('http://[::1]:8080');
  expect(parseServerAddress('registry.example.com').origin).toBe('https://registry.example.com');
});

test('a scheme in the text wins over what was saved', () => {
  expect(parseServerAddress('https://localhost:8443/', { scheme: 'http' }).origin).toBe('https://localhost:8443');
  expect(parseServerAddress('localhost:8443', { scheme: 'https' }).origin).toBe('https://localhost:8443');
});

test('plain http to another machine has to be asked for', () => {
  expect(() => parseServerAddress('http://registry.example.com')).toThrow(/plain http/);
  expect(parseServerAddress('registry.example.com:80', { plainHttp: true }).origin).toBe('http://registry.example.com');
});

test.each(['', 'a b', 'host/path', 'ftp://host', 'user:password@host', 'host:port', '-host', 'host:1234567'])(
  '%j is refused as a server',
  (text) => {
    expect(() => parseServerAddress(text)).toThrow(CliError);
  },
);

test('names that only begin like this machine are other machines', () => {
  expect(['localhost:1', '127.1.2.3', '[::1]', 'x.localhost'].every(isLoopback)).toBe(true);
  expect(['localhost.example.com', '127.0.0.1.example.com', '10.0.0.1', '[::2]'].some(isLoopback)).toBe(false);
});

test('nothing is shown of what may be a password in an address', () => {
  for (const text of ['https://user:Secret@host', 'user:Secret@host', 'https://Sec/ret@host']) {
    expect(() => parseServerAddress(text)).toThrow('a server is written without a user name and a password');
  }
});
