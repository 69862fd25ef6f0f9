/** Runs all contenders in turn, round by round, so that a slow moment of the machine hits all alike. */
import { compare } from './compare.mjs';
import { measure } from './measure.mjs';

/**
 * @param {readonly import('./contenders.mjs').Contender[]} contenders
 * @param {number} rounds
 * @param {(line: string) => void} say
 * @returns each contender's runs, in the order given, and the comparisons of the last round's outputs
 */
export async function runRounds(contenders, rounds, say) {
  /** @type {import('./measure.mjs').Run[][]} */
  const runs = contenders.map(() => []);
  /** @type {import('./compare.mjs').Comparison[]} */
  const comparisons = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [i, { name, prepare, command, equals }] of contenders.entries()) {
      prepare();
      const run = await measure(name, command);
      runs[i].push(run);
      say(`round ${round} of ${rounds}: ${name} ${run.seconds.toFixed(2)} s`);
      if (round < rounds) continue;
      for (const peer of equals) comparisons.push(await compare(command.cwd, name, peer));
    }
  }
  return { runs, comparisons };
}
