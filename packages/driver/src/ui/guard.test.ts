import { describe, expect, test } from 'vitest';
import { refusalOf } from './guard.js';

const port = 4780;
const own = { host: '127.0.0.1:4780' };

describe('what is answered', () => {
  test.each([
    ['an address that was typed', own],
    ['its other name', { host: 'localhost:4780' }],
    ['a browser that was told the address', { ...own, 'sec-fetch-site': 'none' }],
    ['its own pages', { ...own, 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:4780' }],
  ])('%s', (_, headers) => {
    expect(refusalOf('GET', headers, port)).toBeNull();
    expect(refusalOf('HEAD', headers, port)).toBeNull();
  });

  test('without its port where that is the usual one', () => {
    expect(refusalOf('GET', { host: 'localhost' }, 80)).toBeNull();
    expect(refusalOf('GET', { host: 'localhost' }, port)).not.toBeNull();
  });
});

describe('what is refused', () => {
  test.each([
    ['no name', {}],
    ["a stranger's name for this machine", { host: 'rebound.example:4780' }],
    ['a name that begins alike', { host: '127.0.0.1.example:4780' }],
    ['another port', { host: '127.0.0.1:4781' }],
    ['another address of this machine', { host: '127.0.0.2:4780' }],
    ['another site', { ...own, origin: 'https://elsewhere.example' }],
    ['a page without an origin', { ...own, origin: 'null' }],
    ['another server of this machine', { ...own, origin: 'http://127.0.0.1:3000' }],
    ['the same by another scheme', { ...own, origin: 'https://127.0.0.1:4780' }],
    ['a link or a picture of another site', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['those of another port', { ...own, 'sec-fetch-site': 'same-site' }],
  ])('%s', (_, headers) => {
    expect(refusalOf('GET', headers, port)).toMatchObject({ status: 403 });
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', undefined])('%s', (method) => {
    expect(refusalOf(method, own, port)).toMatchObject({ status: 405 });
  });
});
