/** explain-row: why one row of the training set has the values that it has. */
import { explainRow } from '../explain-row.js';
import { renderExplanation } from '../render-explanation.js';
import type { Command } from './command.js';
import { requestOf } from './job-request.js';
import { answer } from './question.js';

export function explainRowCommand(command: Command): Promise<number> {
  const { args } = command;
  const request = requestOf(command, String(args['config']));
  const wanted = {
    where: String(args['where']),
    partition: String(args['ds']),
    row: (args['row'] as number | undefined) ?? 1,
    columns: (args['column'] as readonly string[] | undefined) ?? null,
    limit: (args['limit'] as number | undefined) ?? 1000,
  };
  return answer(command, {
    request: { ...request, executors: 1 },
    needs: {
      lacks: 'no left whose rows could be explained',
      hint: 'Explain a row of a join that uses it.',
    },
    ask: (join, store, launcher) => explainRow(join, request, wanted, store, launcher),
    render: (explanation, style) => renderExplanation(explanation, style, wanted.columns !== null),
    exitCode: () => 0,
  });
}
