import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest files begin first, so that nothing waits for one of them alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = ['/test/property/exact', '/test/fault', '/test/golden', '/test/cli/label-join'];
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = long.findIndex((part) => moduleId.includes(part));
      return index < 0 ? long.length : index;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // They need a control plane, or Airflow: vitest.k8s.config.ts, vitest.airflow.config.ts.
    exclude: [...configDefaults.exclude, '**/*.k8s.test.ts', '**/*.airflow.test.ts'],
    maxWorkers: Math.max(2, availableParallelism()),
    globalSetup: ['test/global-minio.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
  },
});
