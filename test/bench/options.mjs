/** What `npm run bench` takes from its command line. */
import { parseArgs } from 'node:util';
import { HindcastError } from '@hindcast/shared/errors';

export const usage = `npm run bench -- [options]

  --rounds N         how often each process runs (default 5)
  --scale X          X times W1's rows (default 1)
  --without-polars   leave Polars out, which needs Python 3 and PyPI
  --cache FOLDER     where data and outputs lie (default .cache/bench)
  --json             one JSON document on stdout instead of tables`;

/**
 * @typedef {object} Options
 * @property {number} rounds
 * @property {number} scale
 * @property {boolean} withPolars
 * @property {string | null} cache null for the default folder
 * @property {boolean} json
 * @property {boolean} help
 */

/**
 * @param {string[]} args
 * @returns {Options}
 * @throws {HindcastError} when an option is unknown or its value makes no sense
 */
export function readOptions(args) {
  const { values } = parse(args);
  const rounds = Number(values.rounds);
  const scale = Number(values.scale);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw wrong('--rounds takes a whole number from 1', values.rounds);
  if (!(scale >= 0.0001 && scale <= 1000))
    throw wrong('--scale takes a number from 0.0001 to 1000', values.scale);
  return {
    rounds,
    scale,
    withPolars: !values['without-polars'],
    cache: values.cache ?? null,
    json: values.json,
    help: values.help,
  };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: '5' },
        scale: { type: 'string', default: '1' },
        'without-polars': { type: 'boolean', default: false },
        cache: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new HindcastError('usage', /** @type {Error} */ (error).message, {
      hint: 'See npm run bench -- --help.',
    });
  }
}

/** @param {string} fact @param {string} found */
function wrong(fact, found) {
  return new HindcastError('usage', fact, { found, hint: 'See npm run bench -- --help.' });
}
