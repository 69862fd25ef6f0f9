/**
 * Where S3 is, from a driver to its pods. It travels under names of our own: a pod's own environment, such
 * as a secret's, has the last word.
 */
const variables = {
  HINDCAST_POD_S3_ENDPOINT: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  HINDCAST_POD_REGION: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  HINDCAST_POD_S3_PATH_STYLE: ['HINDCAST_S3_PATH_STYLE'],
} as const;

/** Name → value, as `adoptPlace` of another process takes it. */
export function placeOfS3(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, sources]) => {
      const value = sources.map((source) => env[source]).find(Boolean) ?? env[name];
      return value ? [[name, value]] : [];
    }),
  );
}

/** In a pod, before anything is asked of S3. */
export function adoptPlace(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, targets] of Object.entries(variables)) {
    if (env[name] && !targets.some((target) => env[target])) env[targets[0]] = env[name];
  }
}
