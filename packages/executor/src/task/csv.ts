/** What DuckDB would read of a CSV file without a word, or complain of in other words. */
import { HindcastError } from '@hindcast/shared/errors';
import { quoteText, type Session } from '../scan/duckdb.js';

/** @throws HindcastError kind `data` for a header that names a column twice */
export async function refuseTwins(file: string, session: Session): Promise<void> {
  const [header = []] = await session.rows(
    `FROM read_csv(${quoteText(file)}, header = false, skip = 0, all_varchar = true) LIMIT 1`,
  );
  const names = header.map((name) => String(name).toLowerCase());
  const twin = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twin < 0) return;
  throw new HindcastError('data', `${file}: the header names "${header[twin]}" twice`, {
    found: header.join(', '),
    hint: 'Give each column a name of its own.',
  });
}

/**
 * Lines of different lengths come back as one column whose name is the whole header.
 * @throws HindcastError kind `data` that names the first line which is too short or too long
 */
export async function refuseRagged(
  file: string,
  columns: readonly string[],
  session: Session,
): Promise<void> {
  const [header = ''] = columns;
  const separator = /[,;\t|]/.exec(header)?.[0];
  if (columns.length !== 1 || separator === undefined) return;
  const fields = header.split(separator).map((_, i) => `c${i}: 'VARCHAR'`);
  const options = `auto_detect = false, header = true, delim = ${quoteText(separator)}, quote = '"', escape = '"', columns = {${fields.join(', ')}}`;
  try {
    await session.run(`SELECT count(*) FROM read_csv(${quoteText(file)}, ${options})`);
  } catch (error) {
    throw raggedLine(error, file) ?? error;
  }
}

/** The error for a line with another number of fields than the header; null for any other error. */
export function raggedLine(error: unknown, file: string): HindcastError | null {
  const text = error instanceof Error ? error.message : '';
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  const [, wanted, found] = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text) ?? [];
  if (line === undefined || wanted === undefined) return null;
  const few = Number(found) < Number(wanted) ? 'few' : 'many';
  return new HindcastError('data', `${file}: line ${line} has too ${few} fields`, {
    found: `${found}, and ${wanted} in the header`,
    hint: 'Mend the line; a value with a separator inside stands in double quotes.',
    cause: error,
  });
}
