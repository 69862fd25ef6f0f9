/** Output column names, by the naming table of the semantics. */
import type { Aggregation, JoinPart, Window } from '@hindcast/shared/config/model';

/** `[prefix_]<group-by name>_<column>`. */
export function partColumn(part: JoinPart, column: string): string {
  const prefix = part.prefix === null || part.prefix === '' ? '' : `${part.prefix}_`;
  return sanitize(`${prefix}${part.groupBy.metaData.name}_${column}`);
}

/** `<input>_<operation>[_<n>d|_<n>h][_by_<bucket>]`. */
export function aggregateColumn(
  aggregation: Aggregation,
  window: Window | null,
  bucket: string | null,
): string {
  const operation = /^(FIRST|LAST|TOP|BOTTOM)_K$/.test(aggregation.operation)
    ? `${aggregation.operation.slice(0, -2)}${aggregation.argMap.k}`
    : aggregation.operation;
  const unit = window?.timeUnit === 'DAYS' ? 'd' : 'h';
  const suffix = window === null ? '' : `_${window.length}${unit}`;
  return `${aggregation.inputColumn}_${operation.toLowerCase()}${suffix}${bucket === null ? '' : `_by_${bucket}`}`;
}

function sanitize(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_');
}
