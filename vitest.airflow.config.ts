/** Tests against Airflow from PyPI: `npm run test:airflow`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/airflow/**/*.airflow.test.ts'],
    testTimeout: 300_000,
    // Installing it takes some minutes where the network is slow.
    hookTimeout: 1_800_000,
  },
});
