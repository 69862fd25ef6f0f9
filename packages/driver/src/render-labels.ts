/** Text about labels: which label dates are for which features, and how far labels have come. */
import type { LabelDate, LabelMaturity } from '@hindcast/shared/plan/plan';
import { count, summary } from './wording.js';

export function labelDateLines(dates: readonly LabelDate[]): string[] {
  return dates.map(({ labelDs, partitions }) => `  ${labelDs}: features of ${summary(partitions)}`);
}

/** Most versions that a line names, the newest ones. */
const mostVersions = 3;
/** Most partitions with a line of their own, the newest ones. */
const mostPartitions = 31;

/**
 * A line for each partition that has labels, then those without in one line: rows with a label, by
 * version, and when the last label date for the partition is.
 */
export function maturityLines(maturity: readonly LabelMaturity[]): string[] {
  const labeled = maturity.filter(({ versions }) => versions.length > 0);
  const without = maturity.filter(({ versions }) => versions.length === 0);
  const earlier = labeled.slice(0, -mostPartitions);
  const open = earlier.filter(({ matured }) => !matured).length;
  const lines = labeled.slice(-mostPartitions).map((one) => {
    const { partition, rows, versions, maturesOn, lacking } = one;
    const named = versions.slice(-mostVersions).map(({ labelDs, labeled: some }) => {
      return `${count(some)} on ${labelDs}`;
    });
    const more = versions.length > mostVersions ? `${versions.length} versions, last ` : '';
    const until = one.matured ? 'matured' : `matures on ${maturesOn}`;
    const late =
      lacking === 0 ? '' : `; ${count(lacking)} rows came later: compute its labels again`;
    return `  ${partition}: ${count(rows)} rows, labeled ${more}${named.join(', ')}; ${until}${late}`;
  });
  if (earlier.length > 0) {
    const still = open === 0 ? 'all matured' : `${open} not matured`;
    lines.unshift(`  ${earlier.length} earlier partitions have labels, ${still}`);
  }
  if (without.length === 0) return lines;
  const dates = summary(without.map(({ partition }) => partition));
  return [...lines, `  without labels: ${dates}`];
}
