// Puts the compiled executor into one file: a thread or a pod that starts reads one file instead of two
// hundred (docs/adr/0009-executors-load-one-file.md). Native code and WebAssembly stay where they are, and so
// does the AWS SDK, which is loaded for warehouses on S3 alone.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

const bundle = await rolldown({
  input: `${packages}executor/dist/worker.js`,
  platform: 'node',
  external: [/^@aws-sdk\//, /^@duckdb\/node-bindings/, /^@polyglot-sql\//],
});
await bundle.write({
  file: `${packages}executor/bundle/worker.js`,
  format: 'esm',
  codeSplitting: false,
});
