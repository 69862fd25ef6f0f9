// `npm run quickstart`, and with `--s3` the same on a MinIO that is found or started: it keeps its data
// below hindcast-quickstart/minio.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { openMinio } from './minio.mjs';

const given = process.argv.slice(2);
const cli = new URL('../packages/driver/dist/cli.js', import.meta.url).pathname;
const bucket = 'hindcast-quickstart';

async function run(args, env) {
  const child = spawn(process.execPath, [cli, 'quickstart', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

async function onMinio(args) {
  const data = resolve('hindcast-quickstart/minio');
  mkdirSync(data, { recursive: true });
  const minio = await openMinio({ data });
  try {
    await makeBucket(minio.env);
    const code = await run([...args, '--warehouse', `s3://${bucket}/warehouse`], minio.env);
    if (code === 0) {
      process.stderr.write(
        `The warehouse is s3://${bucket}/warehouse at ${minio.endpoint}, which ends now unless HINDCAST_S3_ENDPOINT named it.\n`,
      );
    }
    return code;
  } finally {
    await minio.close();
  }
}

async function makeBucket(env) {
  Object.assign(process.env, env);
  const { CreateBucketCommand, S3Client } = createRequire(
    new URL('../packages/shared/package.json', import.meta.url),
  )('@aws-sdk/client-s3');
  const client = new S3Client({ forcePathStyle: true });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  } finally {
    client.destroy();
  }
}

process.exitCode = given.includes('--s3')
  ? await onMinio(given.filter((arg) => arg !== '--s3'))
  : await run(given, {});
