/**
 * Runs SQL in a process of its own with two threads, so that DuckDB can be measured as a whole
 * process: `node run-sql.mjs FILE [JSON]`. The JSON's fields are the SQL's variables; the rows of
 * the last statement leave as JSON.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// As CommonJS, which it is: an import would first search its files for the names they export.
const { DuckDBInstance, JsonDuckDBValueConverter } = createRequire(import.meta.url)(
  '@duckdb/node-api',
);

const [, , file, variables = '{}'] = process.argv;
try {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  for (const [name, value] of Object.entries(JSON.parse(variables))) {
    const literal = typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
    await connection.run(`SET VARIABLE ${name} = ${literal}`);
  }
  const result = await connection.runAndReadAll(readFileSync(file, 'utf8'));
  process.stdout.write(JSON.stringify(result.convertRows(JsonDuckDBValueConverter)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
