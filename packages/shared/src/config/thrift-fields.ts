/** How thrift's simple JSON writes the fields of a struct: what is absent is left out or null. */
import * as v from 'valibot';

/** Null for what is absent. */
export const maybe = <T extends v.GenericSchema>(schema: T) => v.nullish(schema, null);
export const text = maybe(v.string());
export const listOf = <T extends v.GenericSchema>(schema: T) => v.nullish(v.array(schema), []);
export const texts = listOf(v.string());
export const textMap = v.nullish(v.record(v.string(), v.string()), {});
/** A boolean is 0 or 1. */
export const flag = v.pipe(
  v.nullish(v.union([v.boolean(), v.number()]), false),
  v.transform((value) => Boolean(value)),
);

/** An enum: a number, or the name. The issue's `expected` lists the names. */
export function enumOf<T extends string>(what: string, names: readonly T[]) {
  return v.pipe(
    v.union([v.number(), v.string()]),
    v.rawTransform(({ dataset: { value }, addIssue, NEVER }): T => {
      const name =
        typeof value === 'number' ? names[value] : names.find((known) => known === value);
      if (name !== undefined) return name;
      addIssue({ message: `unknown ${what} ${value}`, expected: names.join(' | ') });
      return NEVER;
    }),
  );
}
