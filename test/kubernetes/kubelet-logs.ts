/** The part of a kubelet's API that `kubectl logs` and `readNamespacedPodLog` need. */
import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

interface Log {
  readonly path: string;
  /** When nothing more will be written. */
  readonly done: Promise<void>;
}

type Find = (namespace: string, name: string) => Log | null;

export async function serveLogs(
  serving: { readonly cert: Buffer; readonly key: Buffer },
  find: Find,
): Promise<{ port: number; close(): void }> {
  const server = createServer(serving, (request, response) => {
    answer(request, response, find).catch((error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  find: Find,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, 'https://kubelet');
  const [, kind, namespace, name] = pathname.split('/');
  const log = kind === 'containerLogs' ? find(namespace!, name!) : null;
  if (log === null || !existsSync(log.path)) {
    response.writeHead(kind === 'containerLogs' ? 200 : 404).end();
    return;
  }
  const tail = searchParams.get('tailLines');
  let from = tail === null ? 0 : tailStart(readFileSync(log.path, 'utf8'), Number(tail));
  let done = searchParams.get('follow') !== 'true';
  if (!done)
    void log.done.then(() => {
      done = true;
    });
  for (let last = done; !response.closed; last = done) {
    from += await send(log.path, from, response);
    if (last) break;
    await sleep(100);
  }
  response.end();
}

/** At which byte the last lines begin. */
function tailStart(text: string, count: number): number {
  const lines = text.split(/(?<=\n)/);
  return Buffer.byteLength(lines.slice(0, Math.max(0, lines.length - count)).join(''));
}

/** What the file has from there on; how many bytes that was. */
async function send(path: string, start: number, response: ServerResponse): Promise<number> {
  const stream = createReadStream(path, { start });
  stream.pipe(response, { end: false });
  await once(stream, 'close');
  return stream.bytesRead;
}
