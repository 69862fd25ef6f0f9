/**
 * Configuration in TypeScript. Builders give Chronon's compiled JSON as plain data, so a module and
 * its JSON are one thing: `hindcast compile` only prints it. Fields are Chronon's in camelCase.
 */
export * from './aggregation.js';
export * from './external.js';
export * from './group-by.js';
export * from './join.js';
export * from './source.js';
export * from './staging-query.js';
export type * from './structs.js';
export * from './table-names.js';
