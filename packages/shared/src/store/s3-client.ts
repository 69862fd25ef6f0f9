/**
 * The AWS SDK's client, made once a process and loaded only for warehouses on S3: it is heavy.
 * Credentials, regions and profiles are the SDK's own; endpoints, too (AWS_ENDPOINT_URL_S3).
 */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreUse } from './use.js';

export type Sdk = typeof import('./s3-sdk.js');

export interface CountedClient {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly use: { -readonly [K in keyof StoreUse]: StoreUse[K] };
  /** By how much the store's clock is ahead of ours, as its last answer had it. */
  readonly clock: { aheadMs: number };
}

/** Requests in flight at a time, of one process. */
export const mostRequests = 32;
/** Tries of one request, the first included; between them the SDK waits, longer each time. */
const mostTries = 8;
const connectMs = 5_000;
const answerMs = 60_000;

let opened: Promise<CountedClient> | null = null;

export function s3Client(): Promise<CountedClient> {
  opened ??= open();
  return opened;
}

async function open(): Promise<CountedClient> {
  // It warns that later versions will need a newer Node.js; this one is locked and runs on 20.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@hindcast/shared/store/s3-sdk');
  const use = { requests: 0, bytesRead: 0, bytesWritten: 0 };
  const client = new sdk.S3Client(configuration(process.env));
  client.middlewareStack.add(
    (next) => (args) => {
      use.requests++;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'countRequests' },
  );
  const clock = { aheadMs: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { headers } = answer.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.['date'] ?? '');
      if (!Number.isNaN(date)) clock.aheadMs = date - Date.now();
      return answer;
    },
    { step: 'deserialize', priority: 'low', name: 'readClock' },
  );
  return { sdk, client, use, clock };
}

function configuration(env: NodeJS.ProcessEnv): S3ClientConfig {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;
  const pathStyle = env['HINDCAST_S3_PATH_STYLE'] || 'auto';
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
  return {
    // A bucket's name before the host's needs DNS that few private stores have.
    forcePathStyle: pathStyle === 'auto' ? endpoint !== undefined : pathStyle === 'true',
    // Stores of one's own rarely have regions, but signatures name one.
    ...(region === undefined && endpoint !== undefined ? { region: 'us-east-1' } : {}),
    maxAttempts: mostTries,
    retryMode: 'standard',
    // Lengths and ETags are checked here; older stores don't know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: 2 * mostRequests },
      httpsAgent: { keepAlive: true, maxSockets: 2 * mostRequests },
    },
  };
}
