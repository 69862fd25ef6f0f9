/** Some of Chronon's cases on MinIO; HINDCAST_TEST_STORE=s3 runs all of them there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcome, testCase } from '../golden/run-case.js';
import { minioMs, type TestMinio, useMinio } from '../minio.js';
import { testBucket } from '../test-store.js';

let minio: TestMinio;
beforeAll(async () => {
  minio = await useMinio();
}, minioMs);
afterAll(() => minio.close());

const some = ['d_entities_right', 'l_lists_maps', 'quickstart'];
describe.each(some)('%s', (name) => testCase(name, (folder) => `s3://${testBucket}${folder}`));

test('tables were compared', () => {
  expect(outcome.compared).toBeGreaterThan(5);
});
