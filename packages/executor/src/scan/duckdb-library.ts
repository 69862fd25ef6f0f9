/** DuckDB's Node.js library, and the C API underneath, where the library has no call for raw vectors. */
export * as duckdb from '@duckdb/node-api';
export { default as bindings } from '@duckdb/node-bindings';
