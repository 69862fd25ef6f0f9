/** Rows of each KeyBucket as columns, with the median as a line. */
import { inGroups } from '@hindcast/shared/groups';
import { scaleLinear } from 'd3-scale';
import { count } from '../wording.js';
import { barPath } from './draw-feature.js';
import { type Html, html } from './html.js';
import type { KeySetSkew } from './skew.js';

const height = 72;

/** Columns that a picture tells apart; of more, neighbours are one: the fuller one's rows. */
const mostColumns = 256;

export function drawSkew({ keys, buckets, median }: KeySetSkew, id: string): Html {
  const rows = columnsOf(buckets.map((bucket) => bucket.rows));
  const greatest = Math.max(1, ...rows);
  const y = scaleLinear([0, greatest], [height, 0]);
  const at = Math.round(y(median));
  const width = rows.length * 4;
  return html`<svg class="skew" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">Rows of each KeyBucket by ${keys.join(', ')}</title><desc id="${id}-d">${buckets.length} KeyBuckets; the median has ${count(median)} rows, the fullest ${count(greatest)}.</desc><path d="${barPath(rows, greatest, height)}"/><line x1="0" x2="${width}" y1="${at}" y2="${at}"/></svg>`;
}

function columnsOf(rows: readonly number[]): number[] {
  const each = Math.ceil(rows.length / mostColumns);
  if (each === 1) return [...rows];
  return inGroups(rows, each).map((some) => Math.max(...some));
}
