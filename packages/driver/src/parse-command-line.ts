/** Arguments → a verb and its values, by the table of the command line. */
import { didYouMean, HindcastError } from '@hindcast/shared/errors';
import { Argument, Command, CommanderError, Option } from 'commander';
import { globalOptions, type OptionSpec, type Verb, type VerbName, verbs } from './command-line.js';
import { usageError } from './usage-error.js';

export interface CommandLine {
  readonly verb: VerbName;
  /** Values by name in camelCase, what stands after the verb among them. */
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * @param given what stands after `hindcast`
 * @returns null when help or the version was asked for, which is on stdout then
 * @throws HindcastError kind `usage`
 */
export function parseCommandLine(given: readonly string[], version: string): CommandLine | null {
  let parsed: CommandLine | null = null;
  const program = new Command('hindcast')
    .description('Point-in-time correct training sets.')
    .version(version, '--version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .helpCommand('help [command]', 'Print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
  addOptions(program, globalOptions);
  for (const [verb, spec] of Object.entries<Verb>(verbs)) {
    const { describe, takes, takesWhat, takesOneOf, takesMore, takesMoreWhat, options } = spec;
    const command = program.command(verb).description(describe);
    if (takes !== undefined) {
      const argument = new Argument(takes, takesWhat ?? '');
      if (takesOneOf !== undefined)
        argument.choices(takesOneOf).argParser((text) => oneOf(takesOneOf, verb, text));
      command.addArgument(argument);
    }
    if (takesMore !== undefined) command.addArgument(new Argument(takesMore, takesMoreWhat ?? ''));
    addOptions(command, options);
    command.action(() => {
      const name = takes?.slice(1, -1);
      const [value, more] = command.processedArgs as unknown[];
      parsed = {
        verb: verb as VerbName,
        args: {
          ...command.optsWithGlobals(),
          ...(name !== undefined && { [name]: value }),
          ...(more !== undefined && { more }),
        },
      };
    });
  }
  try {
    program.parse(given, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [verb] = program.args;
    const last = program.commands.find((command) => command.name() === verb)?.args.at(-1);
    if (error.exitCode !== 0) throw usageError(error, given, last);
  }
  return parsed;
}

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const spec of options) {
    const option = new Option(spec.flags, spec.describe);
    if (spec.choices !== undefined) option.choices(spec.choices);
    if (spec.default !== undefined) option.default(spec.default);
    if (spec.required === true) option.makeOptionMandatory();
    if (option.required) option.argParser(readerOf(spec, option.long!));
    command.addOption(option);
  }
}

/** Reads an option's value; an option that is no list is given once. */
function readerOf(spec: OptionSpec, name: string): (text: string) => unknown {
  const values: string[] = [];
  return (text) => {
    if (text.startsWith('--')) throw new HindcastError('usage', `${name} needs a value`);
    values.push(text);
    if (spec.repeatable === true) return values;
    if (values.length > 1) {
      throw new HindcastError('usage', `${name} is given more than once`, {
        found: values.join(', '),
      });
    }
    if (spec.choices !== undefined) return oneOf(spec.choices, name, text);
    if (spec.wholeNumber !== true) return text;
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new HindcastError('usage', `${name} ${text} is no whole number of at least 1`);
  };
}

function oneOf(known: readonly string[], place: string, text: string): string {
  if (known.includes(text)) return text;
  throw new HindcastError('usage', `${place}: unknown value "${text}"`, {
    hint: didYouMean(text, known),
  });
}
