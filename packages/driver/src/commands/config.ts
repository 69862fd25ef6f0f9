/** config show: every setting, and with --origin where it comes from. */
import { renderTable } from '../render.js';
import type { Command } from './command.js';

export async function configCommand({ args, settings }: Command): Promise<number> {
  const withOrigin = args['origin'] === true;
  const entries = Object.entries(settings);
  if (args['json'] === true) {
    const shown = entries.map(([name, { value, origin }]) => [
      name,
      withOrigin ? { value, origin } : value,
    ]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(shown), null, 2)}\n`);
    return 0;
  }
  const rows = entries.map(([name, { value, origin }]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return withOrigin ? [name, text, origin] : [name, text];
  });
  process.stdout.write(
    `${renderTable(withOrigin ? ['setting', 'value', 'origin'] : ['setting', 'value'], rows)}\n`,
  );
  return 0;
}
