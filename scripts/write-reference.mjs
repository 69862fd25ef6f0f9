// `npm run docs`: docs/reference from the code's own tables and comments; with `--check` says whether it is
// what the code says now.
import { readFileSync, writeFileSync } from 'node:fs';
import { globalOptions, verbs } from '../packages/driver/dist/command-line.js';
import { defaultSettings } from '../packages/driver/dist/settings.js';

const root = new URL('..', import.meta.url);
const notice = (source) => `<!-- Written by \`npm run docs\` from ${source}. -->\n\n`;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

function commandLine() {
  const option = ({ flags, describe, choices, default: value, repeatable, required }) => {
    const more = [
      choices === undefined ? '' : `one of ${choices.map((one) => `\`${one}\``).join(', ')}`,
      value === undefined ? '' : `default \`${value}\``,
      repeatable ? 'may be repeated' : '',
      required ? 'has to be given' : '',
    ].filter((text) => text !== '');
    return `| \`${flags}\` | ${cell(describe)}${more.length === 0 ? '' : `; ${more.join('; ')}`} |`;
  };
  const table = (options) =>
    options.length === 0 ? '' : `\n| option | |\n|---|---|\n${options.map(option).join('\n')}\n`;
  const verb = ([name, { describe, takes, takesWhat, takesOneOf, options }]) => {
    const takesText =
      takes === undefined
        ? ''
        : `\n\`${takes}\`: ${takesWhat ?? (takesOneOf ?? []).map((one) => `\`${one}\``).join(', ')}\n`;
    return `## ${name}\n\n${describe}.\n\n\`\`\`\nhindcast ${name}${takes === undefined ? '' : ` ${takes}`}${options.length === 0 ? '' : ' [options]'}\n\`\`\`\n${takesWhat === undefined && takesOneOf === undefined ? '' : takesText}${table(options)}`;
  };
  return `${notice('packages/driver/src/command-line.ts')}# Command line

${Object.keys(verbs)
  .map((name) => `[\`${name}\`](#${name})`)
  .join(' · ')}

Options of every command:
${table(globalOptions)}
Exit codes: 0 done, also when there was nothing to do · 1 some partitions failed, the others are committed · 2 the command line or the config is wrong · 3 a check of the data failed, two things differ, or columns drifted · 4 input data is missing · 130 and 143 interrupted.

${Object.entries(verbs).map(verb).join('\n')}`;
}

/** Fields of an interface: name, type, and what its comments say. */
function fieldsOf(text, name) {
  const body = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n)?export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`,
  ).exec(text);
  if (body === null) throw new Error(`no interface ${name}`);
  const fields = [];
  let comment = '';
  let depth = 0;
  for (const line of body[2].split('\n')) {
    const own = line.trim();
    if (own.startsWith('/**')) comment = '';
    if (/^(\/\*\*|\*)/.test(own)) {
      comment += ` ${own.replaceAll(/^\/\*\*|\*\/$|^\*\/?/g, '').trim()}`;
      continue;
    }
    const field = /^readonly (\w+)\??: (.*?);?(?:\s*\/\/ (.*))?$/.exec(own);
    if (field !== null && depth === 0) {
      const type = field[2]
        .replaceAll('readonly ', '')
        .replaceAll(/Readonly<(Record<[^>]*>)>/g, '$1');
      fields.push({
        name: field[1],
        type,
        about: [comment.trim(), field[3] ?? ''].filter(Boolean).join(' '),
      });
      comment = '';
    }
    depth += (own.match(/\{/g) ?? []).length - (own.match(/\}/g) ?? []).length;
  }
  const about = (body[1] ?? '').replaceAll(/\n \*/g, '').trim();
  return { about, fields };
}

function config() {
  const text = ['model', 'drift']
    .map((name) => readFileSync(new URL(`packages/shared/src/config/${name}.ts`, root), 'utf8'))
    .join('');
  const structs = [
    'Join',
    'JoinPart',
    'GroupBy',
    'EventSource',
    'EntitySource',
    'JoinSource',
    'Query',
    'Aggregation',
    'Window',
    'Derivation',
    'LabelPart',
    'BootstrapPart',
    'ExternalPart',
    'DriftCheck',
    'StagingQuery',
    'MetaData',
  ];
  const struct = (name) => {
    const { about, fields } = fieldsOf(text, name);
    const rows = fields.map(
      (one) => `| \`${one.name}\` | \`${one.type.replaceAll('|', '\\|')}\` | ${cell(one.about)} |`,
    );
    return `## ${name}\n\n${about === '' ? '' : `${about}\n\n`}| field | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
  };
  return `${notice('packages/shared/src/config/model.ts')}# Fields of a config

A config is a TypeScript module, whose builders (\`import { join, groupBy, … } from 'hindcast'\`) take these fields, or Chronon's compiled JSON, which has them under the same names. Fields that may be \`null\` or are lists may be left out. \`hindcast compile\` prints a module as Chronon's JSON. Operations of aggregations: [../operations.md](../operations.md). Expressions are Spark SQL: [../spark-sql.md](../spark-sql.md).

${structs.map(struct).join('\n')}`;
}

function settings() {
  const text = readFileSync(new URL('packages/driver/src/settings.ts', root), 'utf8');
  const rows = fieldsOf(text, 'Settings').fields.map(({ name, about }) => {
    const value = defaultSettings[name];
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    const variable = `HINDCAST_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    const version = /^hindcast:/.test(shown) ? 'hindcast:<version>' : shown;
    return `| \`${name}\` | ${name === 'tables' ? '' : `\`${variable}\``} | ${version === '' ? '' : `\`${version}\``} | ${cell(about)} |`;
  });
  return `${notice('packages/driver/src/settings.ts')}# Settings

A setting comes from its flag (\`--warehouse\`, \`--master\`, \`--memory\`, \`--windowing\`, \`--deploy-mode\`, or \`--conf name=value\`), else from the environment, else from the project's \`hindcast.config.json\` or \`.ts\`, else from the user's \`~/.config/hindcast/config.json\`, else it is the default. \`hindcast config show --origin\` says which one won.

| setting | variable | default | |
|---|---|---|---|
${rows.join('\n')}
`;
}

const pages = {
  'command-line.md': commandLine(),
  'config.md': config(),
  'settings.md': settings(),
};
const stale = [];
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(`docs/reference/${name}`, root);
  if (process.argv.includes('--check')) {
    let now = '';
    try {
      now = readFileSync(file, 'utf8');
    } catch {}
    if (now !== text) stale.push(`docs/reference/${name}`);
  } else writeFileSync(file, text);
}
if (stale.length > 0) {
  process.stderr.write(`${stale.join(', ')}: not what the code says; run \`npm run docs\`\n`);
  process.exitCode = 1;
}
