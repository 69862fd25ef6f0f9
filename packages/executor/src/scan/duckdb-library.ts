/** DuckDB's Node.js library, loaded as the CommonJS that it is: an `import` would first search a hundred files for the names they export. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const duckdb = require('@duckdb/node-api') as typeof import('@duckdb/node-api');

/** The C API underneath, where the library has no call for raw vectors. */
export const bindings = require('@duckdb/node-bindings') as typeof import('@duckdb/node-bindings');
