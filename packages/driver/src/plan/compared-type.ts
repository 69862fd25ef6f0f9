/** In which type two columns are compared: values keep their meaning, and numbers meet as numbers. */
import type { DeltaField, DeltaType } from '@hindcast/shared/table/delta-type';

const integers = ['byte', 'short', 'integer', 'long'];
const fractions = ['float', 'double'];
const timestamps = ['timestamp', 'timestamp_ntz'];

/**
 * The type that both are cast to before they are compared; null for types of different families, or
 * structs of different fields. Of two numbers it is the wider one, of a fraction and any other number
 * a double.
 */
export function comparedType(a: DeltaType, b: DeltaType): DeltaType | null {
  if (typeof a === 'string' || typeof b === 'string')
    return typeof a === 'string' && typeof b === 'string' ? comparedScalar(a, b) : null;
  if (a.type === 'array' && b.type === 'array') {
    const elementType = comparedType(a.elementType, b.elementType);
    return elementType && { ...a, elementType };
  }
  if (a.type === 'map' && b.type === 'map') {
    const keyType = comparedType(a.keyType, b.keyType);
    const valueType = comparedType(a.valueType, b.valueType);
    return keyType && valueType && { ...a, keyType, valueType };
  }
  if (a.type === 'struct' && b.type === 'struct') return comparedStruct(a.fields, b.fields);
  return null;
}

/** Fields by name, in the order of the first. */
function comparedStruct(a: readonly DeltaField[], b: readonly DeltaField[]): DeltaType | null {
  if (a.length !== b.length) return null;
  const fields: DeltaField[] = [];
  for (const field of a) {
    const other = b.find(({ name }) => name === field.name);
    const type = other === undefined ? null : comparedType(field.type, other.type);
    if (type === null) return null;
    fields.push({ ...field, type });
  }
  return { type: 'struct', fields };
}

function comparedScalar(a: string, b: string): string | null {
  if (a === b) return a;
  if (timestamps.includes(a) && timestamps.includes(b)) return 'timestamp';
  const [one, other] = [widthOf(a), widthOf(b)];
  if (one === null || other === null) return null;
  if (one === 'fraction' || other === 'fraction') return 'double';
  const scale = Math.max(one.scale, other.scale);
  if (scale === 0 && integers.includes(a) && integers.includes(b))
    return integers[Math.max(integers.indexOf(a), integers.indexOf(b))]!;
  const whole = Math.max(one.whole, other.whole);
  // No decimal holds the digits of both: their doubles are compared.
  return whole + scale > 38 ? 'double' : `decimal(${whole + scale},${scale})`;
}

/** Digits before and after the point of a number's type; null for what is none. */
function widthOf(
  type: string,
): { readonly whole: number; readonly scale: number } | 'fraction' | null {
  if (fractions.includes(type)) return 'fraction';
  if (integers.includes(type)) return { whole: 19, scale: 0 };
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(type) ?? [];
  if (precision === undefined) return null;
  return { whole: Number(precision) - Number(scale), scale: Number(scale) };
}

export type Measure = 'number' | 'list' | 'other';

/** What tells how far two values are apart: their difference, or the edits between two lists. */
export function measureOf(type: DeltaType): Measure {
  if (typeof type !== 'string') return type.type === 'array' ? 'list' : 'other';
  return widthOf(type) === null ? 'other' : 'number';
}

/** Whether equal values are equal to the bit: no fraction is in the type, at any depth. */
export function isExact(type: DeltaType): boolean {
  if (typeof type === 'string') return !fractions.includes(type);
  if (type.type === 'array') return isExact(type.elementType);
  if (type.type === 'map') return isExact(type.keyType) && isExact(type.valueType);
  return type.fields.every((field) => isExact(field.type));
}
