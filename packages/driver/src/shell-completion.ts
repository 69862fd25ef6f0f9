/** What shells complete after `hindcast`, made of the table of the command line. Pure. */
import { globalOptions, type OptionSpec, type Verb, verbs } from './command-line.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A script that the shell sources, or finds in its folder of completions. */
export function completionScript(shell: Shell): string {
  return { bash, zsh, fish }[shell]();
}

interface Completed {
  readonly names: readonly string[]; // `-o`, `--output`
  readonly describe: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

const named = Object.entries<Verb>(verbs);

function optionsOf(options: readonly OptionSpec[]): Completed[] {
  return options.map(({ flags, describe, choices }) => ({
    names: flags.match(/--?[a-z][\w-]*/g) ?? [],
    describe,
    takesValue: flags.includes('<'),
    choices: choices ?? [],
  }));
}

const everywhere = optionsOf(globalOptions);
const ofVerb = ({ options }: Verb): Completed[] => [...optionsOf(options), ...everywhere];
const takesFile = ({ takes }: Verb): boolean => /^<(config|module|file)/.test(takes ?? '');
const namesOf = (options: readonly Completed[]): string =>
  options.flatMap((one) => one.names).join(' ');

function bash(): string {
  const values = (options: readonly Completed[], verb: string): string[] =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ names, choices }) => {
        const patterns = names.map((name) => `"${verb} ${name}"`).join(' | ');
        const reply = choices.length > 0 ? `-W "${choices.join(' ')}"` : '-f';
        return `    ${patterns}) COMPREPLY=($(compgen ${reply} -- "$current")); return ;;`;
      });
  const words = named.map(([verb, spec]) => {
    const one = spec.takesOneOf === undefined ? '' : `${spec.takesOneOf.join(' ')} `;
    return `    ${verb}) words="${one}${namesOf(ofVerb(spec))}" ;;`;
  });
  return `# bash: source <(hindcast completion bash)
_hindcast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" verb="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${named.map(([verb]) => verb).join(' | ')}) verb="$word"; break ;;
    esac
  done
  case "$verb $previous" in
${named.flatMap(([verb, spec]) => values(ofVerb(spec), verb)).join('\n')}
${values(everywhere, '').join('\n')}
  esac
  case "$verb" in
    "") words="${named.map(([verb]) => verb).join(' ')} help --version ${namesOf(everywhere)} --help" ;;
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$verb" in
    ${named.flatMap(([verb, spec]) => (takesFile(spec) ? [verb] : [])).join(' | ')})
      [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _hindcast hindcast
`;
}

function zsh(): string {
  const argument = ({ names, describe, takesValue, choices }: Completed): string => {
    const about = `[${zshText(describe)}]`;
    const value = !takesValue
      ? ''
      : choices.length > 0
        ? `:value:(${choices.join(' ')})`
        : ':value:_files';
    if (names.length === 1) return shellText(`*${names[0]}${about}${value}`);
    return `'*'{${names.join(',')}}${shellText(`${about}${value}`)}`;
  };
  const cases = named.map(([verb, spec]) => {
    const rest =
      spec.takesOneOf !== undefined
        ? [shellText(`1:what:(${spec.takesOneOf.join(' ')})`)]
        : takesFile(spec)
          ? [`'*:file:_files'`]
          : [];
    const lines = [...ofVerb(spec).map(argument), ...rest].map((one) => `        ${one}`);
    return `    ${verb})\n      _arguments \\\n${lines.join(' \\\n')}\n      ;;`;
  });
  const described = named.map(([verb, { describe }]) => `    ${shellText(`${verb}:${describe}`)}`);
  return `#compdef hindcast
# zsh: save as _hindcast in a folder of $fpath
_hindcast() {
  local -a verbs=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command verbs
    return
  fi
  local verb="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$verb" in
${cases.join('\n')}
  esac
}
if [[ "$funcstack[1]" == _hindcast ]]; then _hindcast "$@"; else compdef _hindcast hindcast; fi
`;
}

function fish(): string {
  const line = (where: string, { names, describe, takesValue, choices }: Completed): string => {
    const flags = names.map((name) =>
      name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
    );
    const value = !takesValue
      ? ''
      : choices.length > 0
        ? ` -x -a ${shellText(choices.join(' '))}`
        : ' -r';
    return `complete -c hindcast -n ${shellText(where)} ${flags.join(' ')}${value} -d ${shellText(describe)}`;
  };
  const verb = (name: string): string => `__fish_seen_subcommand_from ${name}`;
  return `${[
    '# fish: hindcast completion fish > ~/.config/fish/completions/hindcast.fish',
    ...named.map(
      ([name, { describe }]) =>
        `complete -c hindcast -n __fish_use_subcommand -f -a ${name} -d ${shellText(describe)}`,
    ),
    ...everywhere.map((option) => line('true', option)),
    ...named.flatMap(([name, { options }]) =>
      optionsOf(options).map((option) => line(verb(name), option)),
    ),
    ...named.flatMap(([name, spec]) =>
      takesFile(spec) ? [] : [`complete -c hindcast -n ${shellText(verb(name))} -f`],
    ),
    ...named.flatMap(([name, { takesOneOf }]) =>
      takesOneOf === undefined
        ? []
        : [
            `complete -c hindcast -n ${shellText(verb(name))} -f -a ${shellText(takesOneOf.join(' '))}`,
          ],
    ),
  ].join('\n')}\n`;
}

/** In quotes that keep everything but themselves, in all three shells. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Brackets end a description, and a colon the part of it. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&');
}
