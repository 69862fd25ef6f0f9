/**
 * Who may ask. The UI listens on the loopback interface, where every page that a browser here shows can
 * reach it: it answers its own pages, and people who type its address. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly why: string;
}

export const address = '127.0.0.1';

/** Null for a request that is answered. */
export function refusalOf(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  port: number,
): Refusal | null {
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, why: 'The UI changes nothing: it answers GET alone.' };
  // A name that a stranger's DNS points to this machine comes with that name.
  const hosts = hostsOf(port);
  if (!hosts.includes(headers.host ?? ''))
    return { status: 403, why: `The UI answers ${hosts[0]} alone, under no other name.` };
  const origins = hosts.map((host) => `http://${host}`);
  if (headers.origin !== undefined && !origins.includes(headers.origin))
    return { status: 403, why: 'Another site asked: the UI answers its own pages alone.' };
  // Browsers say where a request comes from, also for links and pictures, which have no Origin.
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, why: 'Another site asked: type the address of the UI yourself.' };
  return null;
}

function hostsOf(port: number): string[] {
  const names = [address, 'localhost'];
  const hosts = names.map((name) => `${name}:${port}`);
  return port === 80 ? [...hosts, ...names] : hosts;
}
