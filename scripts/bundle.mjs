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

const outside = [sdk, /^@duckdb\/node-bindings/, /^@polyglot-sql\//];

await Promise.all([
  bundle('executor/dist/worker.js', 'executor/bundle/worker.js', outside),
  bundle('executor/dist/pod.js', 'executor/bundle/pod.js', outside),
  bundle('shared/dist/store/s3-sdk.js', 'shared/bundle/s3-sdk.js', []),
]);
