/** The UI's HTTP server: one address of this machine, GET alone, every answer a page of its own. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HindcastError } from '@hindcast/shared/errors';
import { pagePolicy } from '../report/page.js';
import { address, refusalOf } from './guard.js';

export interface Answer {
  readonly status: number;
  /** Text, or a page: what `renderPage` gives. */
  readonly body: string;
  readonly type: 'text/plain' | 'text/html';
}

/** @param gone aborted when nobody waits for the answer any more */
export type Respond = (url: URL, gone: AbortSignal) => Promise<Answer>;

export interface UiServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * @param port 0: any that is free
 * @param respond must not fail
 * @throws HindcastError kind `usage` for a port that can't be had
 */
export async function serve(port: number, respond: Respond): Promise<UiServer> {
  const server = createServer((request, response) => void answer(request, response, respond));
  await listen(server, port);
  return {
    url: `http://${address}:${portOf(server)}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(cannotListen(error, port)));
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      done();
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, port: number): HindcastError {
  const taken = error.code === 'EADDRINUSE';
  const what = taken ? 'is in use' : "can't be listened on";
  return new HindcastError('usage', `port ${port} of ${address} ${what}`, {
    found: taken ? undefined : error.message,
    hint: 'Give another one with --port; --port 0 takes any that is free.',
    cause: error,
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  respond: Respond,
): Promise<void> {
  const port = request.socket.localPort ?? 0;
  const refusal = refusalOf(request.method, request.headers, port);
  if (refusal !== null) {
    send(request, response, {
      status: refusal.status,
      body: `${refusal.why}\n`,
      type: 'text/plain',
    });
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const url = urlOf(request.url ?? '/', port);
  if (url === null)
    send(request, response, { status: 400, body: 'That is no address.\n', type: 'text/plain' });
  else send(request, response, await respond(url, gone.signal));
}

function urlOf(target: string, port: number): URL | null {
  // `//elsewhere/` would be another host's.
  if (!target.startsWith('/')) return null;
  try {
    return new URL(`http://${address}:${port}${target}`);
  } catch {
    return null;
  }
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, body, type }: Answer,
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': `${pagePolicy("'self'")}; frame-ancestors 'none'`,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
