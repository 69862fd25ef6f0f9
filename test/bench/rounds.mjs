/** Runs all contenders in turn, round by round, so that a slow moment of the machine hits all alike. */
import { compare } from './compare.mjs';
import { measure } from './measure.mjs';

/**
 * @param {readonly import('./contenders.mjs').Contender[]} contenders
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns each contender's runs by id, and the comparisons of the last round's outputs
 */
export async function runRounds(contenders, rounds, say) {
  /** @type {Map<string, import('./measure.mjs').Run[]>} */
  const runs = new Map(contenders.map(({ id }) => [id, []]));
  /** @type {import('./compare.mjs').Comparison[]} */
  const comparisons = [];
  for (let round = 1; round <= rounds; round++) {
    for (const { id, name, prepare, command, equals } of contenders) {
      prepare();
      const run = await measure(name, command);
      runs.get(id).push(run);
      say(`round ${round} of ${rounds}: ${name} ${run.seconds.toFixed(2)} s`);
      if (round < rounds) continue;
      for (const peer of equals) comparisons.push(await compare(command.cwd, name, peer));
    }
  }
  return { runs, comparisons };
}
