/** compare: a join's output against another table; exit 3 when something differs. */
import { compareTables } from '../compare-tables.js';
import { renderComparison } from '../render-comparison.js';
import { readableWord } from '../shell-words.js';
import type { Command } from './command.js';
import { requestOf, toleranceOf } from './job-request.js';
import { answer } from './question.js';

/** What a check that found something exits with. */
const differs = 3;
const defaultLimit = 3;

export function compareCommand(command: Command): Promise<number> {
  const { args, settings } = command;
  const request = requestOf(command, String(args['config']));
  const { value, origin } = settings.warehouse;
  const wanted = {
    against: String(args['against']),
    columns: (args['column'] as readonly string[] | undefined) ?? null,
    tolerance: toleranceOf(command),
    limit: (args['limit'] as number | undefined) ?? defaultLimit,
    flags: origin === 'flag' ? [`--warehouse ${readableWord(value)}`] : [],
  };
  return answer(command, {
    request,
    needs: {
      lacks: 'no left by which rows could be paired',
      hint: 'Give the join whose output is to be compared.',
    },
    ask: (join, store, launcher) => compareTables(join, request, wanted, store, launcher),
    render: renderComparison,
    exitCode: ({ equal }) => (equal ? 0 : differs),
  });
}
