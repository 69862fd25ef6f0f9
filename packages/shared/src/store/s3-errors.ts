/** What S3 refuses, in the user's terms. Messages of the service are left out: they may hold key ids. */
import { HindcastError } from '../errors.js';

/** The fields that errors of the AWS SDK and of sockets have. */
export interface S3Failure {
  readonly name?: string;
  readonly code?: string;
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $response?: { readonly statusCode?: number };
}

const tryAgain = 'Submit again: finished steps are kept.';
const whoMay =
  "Let the credentials' policy allow s3:ListBucket on the bucket and s3:GetObject, s3:PutObject, s3:DeleteObject on its objects.";
const clock = "Set this machine's clock (NTP): signatures hold for 15 minutes.";
const refresh = 'Get new credentials (aws sso login, or whatever issued the token), and try again.';
const endpoint =
  'Check the endpoint (AWS_ENDPOINT_URL_S3, --conf s3Endpoint=…), and that it can be reached from here.';

const causes: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  NoSuchBucket: [
    'there is no such bucket',
    'Make it (aws s3 mb s3://…), or name another with --warehouse.',
  ],
  InvalidBucketName: [
    'no bucket has such a name',
    'Write s3://bucket/prefix, as the bucket is named.',
  ],
  NoSuchKey: ['it is not there', 'Check that nothing else deletes objects of the warehouse.'],
  NotFound: ['it is not there', 'Check the bucket and the prefix of --warehouse.'],
  AccessDenied: ['permission denied', whoMay],
  Forbidden: ['permission denied', whoMay],
  AllAccessDisabled: ['permission denied', whoMay],
  AccountProblem: ['the account is locked', 'Ask whoever runs the store.'],
  InvalidAccessKeyId: [
    'the access key is unknown there',
    'Check AWS_ACCESS_KEY_ID, or the profile in AWS_PROFILE.',
  ],
  SignatureDoesNotMatch: [
    'the secret key does not fit the access key',
    'Check AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE.',
  ],
  InvalidToken: ['the session token is not valid', refresh],
  ExpiredToken: ['the credentials have expired', refresh],
  ExpiredTokenException: ['the credentials have expired', refresh],
  TokenRefreshRequired: ['the credentials have expired', refresh],
  RequestExpired: ["this machine's clock is off", clock],
  RequestTimeTooSkewed: ["this machine's clock is off", clock],
  CredentialsProviderError: [
    'there are no credentials',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
  ],
  RegionMissing: [
    'no region is set',
    'Set AWS_REGION, or AWS_ENDPOINT_URL_S3 for a store of your own.',
  ],
  AuthorizationHeaderMalformed: ['the region is another one', 'Set AWS_REGION to the bucket’s.'],
  PermanentRedirect: ['the bucket is in another region', 'Set AWS_REGION to the bucket’s.'],
  IllegalLocationConstraintException: ['the region is another one', 'Set AWS_REGION.'],
  SlowDown: ['the store asks to slow down, for longer than we try', tryAgain],
  ServiceUnavailable: ['the store is not available', tryAgain],
  InternalError: ['the store keeps failing', tryAgain],
  XMinioStorageFull: ['the disk of the store is full', 'Free some space there and submit again.'],
  QuotaExceeded: ["the bucket's quota is used up", 'Free some space there and submit again.'],
  NotImplemented: ['the store does not know this request', 'Use a store with conditional writes.'],
  ECONNREFUSED: ['nothing answers at the endpoint', endpoint],
  ENOTFOUND: ["the endpoint's name is unknown", endpoint],
  EAI_AGAIN: ["the endpoint's name can't be looked up", endpoint],
  EHOSTUNREACH: ['the endpoint is out of reach', endpoint],
  ENETUNREACH: ['the endpoint is out of reach', endpoint],
  ECONNRESET: ['the connection breaks again and again', tryAgain],
  EPIPE: ['the connection breaks again and again', tryAgain],
  ETIMEDOUT: ['the endpoint does not answer in time', endpoint],
  TimeoutError: ['the endpoint does not answer in time', endpoint],
  EPROTO: ['the endpoint speaks no TLS', 'Write http:// or https:// as the endpoint has it.'],
  ShortBody: ['objects arrive cut short, again and again', tryAgain],
};

const byStatus: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: 'NotFound',
  500: 'InternalError',
  502: 'ServiceUnavailable',
  503: 'ServiceUnavailable',
  504: 'ServiceUnavailable',
};

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = (error ?? {}) as S3Failure;
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** The name under which an error is known here; undefined for errors that are not the store's. */
export function codeOf(error: unknown): string | undefined {
  // The SDK has no name for it.
  if (error instanceof Error && /^Region (is missing|not accepted)/.test(error.message))
    return 'RegionMissing';
  const { name, code, Code } = (error ?? {}) as S3Failure;
  for (const one of [Code, name, code]) if (one !== undefined && one in causes) return one;
  const status = statusOf(error);
  if (status === undefined) return undefined;
  return byStatus[status] ?? (Code || (name === 'Error' ? `HTTP ${status}` : name));
}

/**
 * A HindcastError for errors of the store, kind `usage` where nothing was asked of it yet, else `storage`; any other error comes back as it is.
 * @param doing what failed, for the message: `can't write s3://…: permission denied`
 */
export function explainS3Error(
  error: unknown,
  url: string,
  doing: 'read' | 'write' | 'delete' | 'move' | 'list',
): unknown {
  if (error instanceof HindcastError) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  const [what, hint] = causes[code] ?? ['the store refuses', tryAgain];
  const kind = code === 'RegionMissing' ? 'usage' : 'storage';
  return new HindcastError(kind, `can't ${doing} ${url}: ${what}`, {
    found: code,
    hint,
    cause: error,
  });
}

/** Worth another try: the same request may well succeed. */
export function isPassing(error: unknown): boolean {
  const { name = '', code = '' } = (error ?? {}) as S3Failure;
  const status = statusOf(error);
  if (status !== undefined && (status >= 500 || status === 429)) return true;
  return [name, code].some((one) =>
    /^(TimeoutError|RequestTimeout|SlowDown|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ShortBody|ERR_STREAM_PREMATURE_CLOSE|aborted|AbortError)$/.test(
      one,
    ),
  );
}
