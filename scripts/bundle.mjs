// Puts the compiled executor into one file: a thread or a pod that starts reads one file instead of two
// hundred (docs/adr/0009-executors-load-one-file.md). Native code and WebAssembly stay where they are.
// So it does with the AWS SDK, in a file of its own, which is loaded for warehouses on S3 alone.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));
const sdk = '@hindcast/shared/store/s3-sdk';

async function bundle(input, file, external) {
  const built = await rolldown({ input: `${packages}${input}`, platform: 'node', external });
  await built.write({ file: `${packages}${file}`, format: 'esm', codeSplitting: false });
}

await Promise.all([
  bundle('executor/dist/worker.js', 'executor/bundle/worker.js', [
    sdk,
    /^@duckdb\/node-bindings/,
    /^@polyglot-sql\//,
  ]),
  bundle('shared/dist/store/s3-sdk.js', 'shared/bundle/s3-sdk.js', []),
]);
