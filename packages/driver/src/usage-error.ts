/** What the parser of the command line refuses, in the words of everything else here. */
import { didYouMean, HindcastError, nearest } from '@hindcast/shared/errors';
import type { Options } from 'yargs';
import { globalOptions, verbs } from './command-line.js';

/**
 * @param message as yargs writes it in English
 * @param args the whole command line
 */
export function usageError(message: string, args: readonly string[]): HindcastError {
  const verb = args.find((arg) => arg in verbs);
  const help = verb === undefined ? 'See hindcast --help.' : `See hindcast ${verb} --help.`;
  const options = namesOf({
    ...globalOptions,
    ...(verb === undefined ? {} : verbs[verb]!.options),
  });
  const error = (text: string, hint?: string, found?: string): HindcastError =>
    new HindcastError('usage', text, { found, hint: hint ?? help });

  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    const dashes = unknown.length === 1 ? '-' : '--';
    if (args.some((arg) => arg.split('=')[0] === `${dashes}${unknown}`)) {
      const near = nearest(unknown, options);
      const hint = near === undefined ? help : `Did you mean "--${near}"?`;
      return error(`unknown option ${dashes}${unknown}`, hint);
    }
    if (verb === undefined) {
      return error(`no command "${unknown}"`, didYouMean(unknown, Object.keys(verbs)));
    }
    return error(`${verb}: one argument too many`, help, unknown);
  }
  if (message.startsWith('Not enough non-option') && verb !== undefined)
    return error(`${verb}: ${verbs[verb]!.takes} is missing`);
  const missing = /^Missing required argument: (.*)/.exec(message)?.[1];
  if (missing !== undefined) return error(`${verb}: --${missing} is missing`);
  const empty = /^Not enough arguments following: (.*)/.exec(message)?.[1];
  if (empty !== undefined) return error(`--${empty} needs a value`);
  const choice = /Argument: (\S+), Given: "?(.*?)"?, Choices: (.*)/.exec(message);
  if (choice !== null) {
    const [, name, given, list] = choice as unknown as [string, string, string, string];
    const known = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
    const what = options.includes(name) ? `--${name}` : (verb ?? name);
    return error(`${what}: unknown value "${given}"`, didYouMean(given, known));
  }
  return error(message);
}

function namesOf(options: Readonly<Record<string, Options>>): string[] {
  return Object.entries(options).flatMap(([name, { alias }]) =>
    typeof alias === 'string' ? [name, alias] : [name],
  );
}
