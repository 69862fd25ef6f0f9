/**
 * A proxy in front of MinIO that lets some requests go wrong. Requests pass as they are, host and all,
 * so that signatures hold.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** Before the store hears of it. */
  | { readonly kind: 'reset' }
  /** After the store did it: the answer is lost. */
  | { readonly kind: 'lost answer' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'wrong etag' }
  /** The listing as it was when it was last asked for. */
  | { readonly kind: 'stale listing' }
  | { readonly kind: 'unconditional' }
  | { readonly kind: 'clock off'; readonly ms: number };

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultyStore {
  readonly endpoint: string;
  /** What goes wrong with a request; null for nothing. */
  fault: (asked: Asked) => Fault | null;
  /** Faults that came about, by kind. */
  readonly faults: Map<string, number>;
  close(): Promise<void>;
}

export async function openProxy(target: string): Promise<FaultyStore> {
  const listings = new Map<string, Answer>();
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultyStore = {
    endpoint: `http://127.0.0.1:${port}`,
    fault: () => null,
    faults: new Map(),
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await bytesOf(incoming);
    const fault = proxy.fault({ method, url, headers });
    if (fault !== null) proxy.faults.set(fault.kind, (proxy.faults.get(fault.kind) ?? 0) + 1);
    if (fault?.kind === 'reset') return void incoming.socket.destroy();
    if (fault?.kind === 'status') return refuse(outgoing, fault.status, fault.code);
    if (fault?.kind === 'slow') await new Promise((later) => setTimeout(later, fault.ms));
    if (fault?.kind === 'unconditional') return putAnyway(target, url, body, outgoing);
    const answer = await ask(target, { method, url, headers }, body);
    const isListing = method === 'GET' && url.includes('list-type=2');
    const old = listings.get(url);
    if (isListing) listings.set(url, answer);
    if (fault?.kind === 'lost answer') return void incoming.socket.destroy();
    const given = fault?.kind === 'stale listing' && old !== undefined ? old : answer;
    const sent = { ...given.headers };
    if (fault?.kind === 'wrong etag' && sent['etag'] !== undefined)
      sent['etag'] = '"0123456789abcdef0123456789abcdef"';
    if (fault?.kind === 'clock off') sent['date'] = new Date(Date.now() + fault.ms).toUTCString();
    outgoing.writeHead(given.status, sent);
    if (fault?.kind === 'truncated' && given.body.length > 1) {
      outgoing.write(given.body.subarray(0, given.body.length >> 1));
      setTimeout(() => outgoing.destroy(), 5);
      return;
    }
    outgoing.end(given.body);
  }
  return proxy;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(target: string, { method, url, headers }: Asked, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target);
    const asked = request({ hostname, port, method, path: url, headers }, (reply) => {
      bytesOf(reply).then(
        (bytes) => resolve({ status: reply.statusCode!, headers: reply.headers, body: bytes }),
        reject,
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function refuse(outgoing: ServerResponse, status: number, code: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  outgoing.end(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test has it</Message></Error>`,
  );
}

/** What a store does that doesn't know conditions. */
async function putAnyway(
  target: string,
  url: string,
  Body: Buffer,
  outgoing: ServerResponse,
): Promise<void> {
  const client = new S3Client({ endpoint: target, forcePathStyle: true });
  const [, Bucket, ...key] = new URL(url, target).pathname.split('/');
  const Key = decodeURIComponent(key.join('/'));
  const { ETag } = await client.send(new PutObjectCommand({ Bucket: Bucket!, Key, Body }));
  client.destroy();
  outgoing.writeHead(200, { etag: ETag });
  outgoing.end();
}
