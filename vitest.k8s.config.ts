/** Tests against a real Kubernetes control plane: `npm run test:k8s`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kubernetes/**/*.k8s.test.ts'],
    // Each has a control plane of its own, of about 600 MB.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 1_200_000,
  },
});
