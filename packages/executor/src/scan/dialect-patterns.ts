/** The little languages inside of Spark's literals: replacements of regexp_replace, JSON paths. */
import { HindcastError } from '@hindcast/shared/errors';

/**
 * Java's `$1` and `\$` in the replacement of regexp_replace, as DuckDB's `\1` and `$`.
 * @param groups how many the pattern has
 * @throws HindcastError kind `config` for a group that is not there
 */
export function replacement(text: string, groups: number): string {
  return text.replace(/\\([\s\S])|\$(\d?)|\\/g, (part, escaped?: string, group?: string) => {
    if (group !== undefined) {
      if (group !== '' && Number(group) <= groups) return `\\${group}`;
      throw new HindcastError('config', `the replacement "${text}" holds "$" without a group`, {
        hint: `The pattern has ${groups} groups: write $1 and the like, or \\\\$ for the sign itself.`,
      });
    }
    if (escaped === undefined) return part;
    return escaped === '\\' ? '\\\\' : escaped;
  });
}

/**
 * A path of get_json_object as DuckDB's JSONPath: `$['a b'].c` is `$."a b".c`.
 * @throws HindcastError kind `config` for wildcards, which give lists
 */
export function jsonPath(path: string): string {
  if (!path.startsWith('$')) {
    throw new HindcastError('config', `the JSON path "${path}" does not start with $`);
  }
  const plain = path.replace(/\['([^']*)'\]/g, (_, name: string) => `."${name}"`);
  if (/\*|\.\./.test(plain.replace(/"[^"]*"/g, ''))) {
    throw new HindcastError('config', `the JSON path "${path}" has a wildcard`, {
      hint: 'Name one value by its keys and indexes: $.items[0].name.',
    });
  }
  return plain;
}
