/** What the parser of the command line refuses, in the words of everything else here. */
import { didYouMean, HindcastError, nearest } from '@hindcast/shared/errors';
import type { CommanderError } from 'commander';
import { globalOptions, type OptionSpec, type VerbName, verbs } from './command-line.js';

/**
 * @param given the whole command line
 * @param last the last of it that is neither an option nor an option's value
 */
export function usageError(
  { code, message }: CommanderError,
  given: readonly string[],
  last: string | undefined,
): HindcastError {
  const verb = given.find((arg): arg is VerbName => arg in verbs);
  const help = verb === undefined ? 'See hindcast --help.' : `See hindcast ${verb} --help.`;
  const error = (text: string, hint = help, found?: string): HindcastError =>
    new HindcastError('usage', text, { found, hint });
  // Commander quotes what it speaks of.
  const [named = ''] = /(?<=')[^']+(?=')/.exec(message) ?? [];
  const option = named.split(/[ =]/).find((word) => word.startsWith('-')) ?? named;
  switch (code) {
    case 'commander.unknownOption': {
      const near = nearest(option.replace(/^-+/, ''), optionNames(verb));
      return error(
        `unknown option ${option}`,
        near === undefined ? help : `Did you mean "--${near}"?`,
      );
    }
    case 'commander.unknownCommand':
      return error(`no command "${named}"`, didYouMean(named, Object.keys(verbs)));
    case 'commander.missingArgument':
      return error(`${verb}: <${named}> is missing`);
    case 'commander.excessArguments':
      return error(`${verb}: one argument too many`, help, last);
    case 'commander.missingMandatoryOptionValue':
      return error(`${verb}: ${option} is missing`);
    case 'commander.optionMissingArgument':
      return error(`${longName(named)} needs a value`);
    case 'commander.help':
      return error('Name a command.');
    default:
      return error(message.replace(/^error: /, ''));
  }
}

/** The last name that flags give, which is the long one. */
function longName(flags: string): string {
  return flags.match(/--[\w-]+/g)?.at(-1) ?? flags;
}

function optionNames(verb: VerbName | undefined): string[] {
  const own: readonly OptionSpec[] = verb === undefined ? [] : verbs[verb].options;
  const options = [...globalOptions, ...own];
  return options.flatMap(({ flags }) => flags.match(/(?<=--)[\w-]+/g) ?? []);
}
