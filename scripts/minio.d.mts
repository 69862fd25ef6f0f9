export interface Minio {
  readonly endpoint: string;
  /** Variables with which the AWS SDK finds it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function openMinio(options?: { data?: string; port?: number }): Promise<Minio>;
