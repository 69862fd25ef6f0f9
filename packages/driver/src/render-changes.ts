/** What changed in a definition, in the words of a config. */
import type { DefinitionChange } from '@hindcast/shared/plan/plan';
import { fieldText } from './field-text.js';
import { summary } from './wording.js';

const mostFields = 5;
const mostInError = 3;

/** A line for each field; of each thing that has many some of them. */
export function changeLines(changes: readonly DefinitionChange[]): string[] {
  return changes.flatMap((change) => {
    const where = placeOf(change);
    return shortened(textsOf(change), mostFields).map((text) => `  ${where}${text}`);
  });
}

/** The first of them in one line, for an error. */
export function changeSummary(changes: readonly DefinitionChange[]): string {
  const texts = changes.flatMap((change) =>
    textsOf(change).map((text) => `${placeOf(change)}${text}`),
  );
  return shortened(texts, mostInError).join('; ');
}

function shortened(texts: readonly string[], most: number): string[] {
  // A line that says that there is one more could as well be that one.
  if (texts.length <= most + 1) return [...texts];
  return [...texts.slice(0, most), `… and ${texts.length - most} more`];
}

function textsOf({ change, fields }: DefinitionChange): string[] {
  if (change !== 'changed') return [change];
  if (fields === null)
    return ['changed; its former definition is not on record (earlier versions kept none)'];
  return fields.length === 0 ? ['changed'] : fields.map(fieldText);
}

/** Fields of a part are named after it; others say by themselves whose they are. */
function placeOf({ what, part, fields, partitions }: DefinitionChange): string {
  const telling = what === 'part' || what === 'labels' || what === 'group-by';
  const name = what === 'part' ? `part ${part}` : telling || fields === null ? what : '';
  const which = partitions === null ? '' : `(${summary(partitions)})`;
  const place = [name, which].filter((text) => text !== '').join(' ');
  return place === '' ? '' : `${place}: `;
}
