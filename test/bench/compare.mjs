/** Sets our table beside a peer's, row by row: see compare.sql. */
import { runSql } from './sql.mjs';

/**
 * Relative, of sums and averages. A difference of two prefix sums drifts, so Polars gets more.
 * @type {Readonly<Record<string, number>>}
 */
const tolerances = { duckdb: 1e-9, polars: 1e-6 };

/**
 * @typedef {object} Comparison
 * @property {string} table whose output
 * @property {string} peer
 * @property {number} tolerance
 * @property {number} rows of ours
 * @property {number} peerRows
 * @property {number} differing rows that one side lacks or that have another value
 * @property {string | null} example the first of these, both sides
 */

/**
 * @param {string} folder of the data
 * @param {string} table name of ours, for the report
 * @param {string} peer
 * @returns {Promise<Comparison>}
 */
export async function compare(folder, table, peer) {
  const tolerance = tolerances[peer];
  const variables = { peer: `out/${peer}/*/*.parquet`, tolerance };
  const [[rows, peerRows, differing, example]] = await runSql('compare.sql', folder, variables);
  return { table, peer, tolerance, rows, peerRows, differing, example };
}

/** @param {Comparison} comparison */
export function isEqual({ rows, peerRows, differing }) {
  return rows === peerRows && differing === 0;
}
