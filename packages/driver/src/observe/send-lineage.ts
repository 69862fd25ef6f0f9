/** OpenLineage events to where they are wanted: a line of a file, or a server. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HindcastError } from '@hindcast/shared/errors';
import { explainFileError } from '@hindcast/shared/store/file-errors';

const patienceMs = 10_000;

/**
 * A server that is only named gets events where OpenLineage's own clients send them.
 * @param target path of a file, or an `http://` or `https://` URL without a user
 * @throws HindcastError kind `usage` for any other URL, and for a user in one
 */
export function lineageTarget(target: string): URL | string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(target)) return target;
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HindcastError(
      'usage',
      `lineage goes to a file or to http(s)://…, and to no other place`,
      {
        found: target.replace(/\/\/[^/@]*@/, '//…@'),
      },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new HindcastError('usage', 'the URL for lineage holds a user or a password', {
      hint: 'Requests are kept with the run: put a key into OPENLINEAGE_API_KEY.',
    });
  }
  if (url.pathname === '/') url.pathname = '/api/v1/lineage';
  return url;
}

/**
 * A key in OPENLINEAGE_API_KEY goes with it.
 * @throws HindcastError kind `storage` when it can't be written, or the server does not take it
 */
export async function sendLineage(target: string, event: object): Promise<void> {
  const place = lineageTarget(target);
  const text = JSON.stringify(event);
  if (typeof place === 'string') {
    try {
      mkdirSync(dirname(place), { recursive: true });
      appendFileSync(place, `${text}\n`);
    } catch (error) {
      throw explainFileError(error, place);
    }
    return;
  }
  const key = process.env['OPENLINEAGE_API_KEY'];
  const authorization = key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` };
  let answer: Response;
  try {
    answer = await fetch(place, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: text,
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new HindcastError('storage', `${place.origin} does not answer`, {
      found: cause instanceof Error ? cause.message : message,
    });
  }
  await answer.body?.cancel();
  if (answer.ok) return;
  throw new HindcastError('storage', `${place.origin} does not take lineage`, {
    found: `HTTP ${answer.status}`,
    ...(answer.status === 401 || answer.status === 403
      ? { hint: 'Put its key into OPENLINEAGE_API_KEY.' }
      : {}),
  });
}
