/**
 * What bootstrap tables have of a join's columns, as data: spec/semantics, "Bootstrap". The left gets
 * hidden columns from them, and the output's columns are chosen between these and what is computed.
 */
import type { ExternalColumn } from '@hindcast/shared/config/external-columns';
import type { Join } from '@hindcast/shared/config/model';
import { partPrefix } from '@hindcast/shared/config/names';
import type { PlannedBootstrap } from '@hindcast/shared/plan/plan';
import type { BootstrapScan, Column, LeftScan, ProjectedColumn } from '@hindcast/shared/plan/task';
import type { TablePartition } from '@hindcast/shared/table/table';
import type { InspectedBootstrap } from '../join-state.js';
import { quoteIn } from '../sql-dialect.js';
import type { DerivedColumns } from './derivations.js';
import { scanFiles } from './split.js';

/** Hidden columns of the left; names of configs never begin so. */
const valueColumn = (column: string): string => `__b_${column}`;
const coveredColumn = (prefix: string): string => `__covered_${prefix}`;

/** The features of a part, by which it is known whether tables have all of them. */
export interface CoveredPart {
  readonly prefix: string;
  readonly features: readonly string[];
}

/** @param derived features of the join's parts, in order */
export function coveredParts(
  { joinParts }: Join,
  { features }: Pick<DerivedColumns, 'features'>,
): CoveredPart[] {
  return joinParts.map((part, i) => ({
    prefix: partPrefix(part),
    features: features[i]!.map(({ name }) => name),
  }));
}

/** What all tables together fill. */
export class Bootstrap {
  private readonly tablesOf = new Map<string, number[]>();
  private readonly typeOf = new Map<string, string>();

  constructor(
    private readonly tables: readonly InspectedBootstrap[],
    private readonly parts: readonly CoveredPart[],
    private readonly externals: readonly ExternalColumn[],
  ) {
    for (const [i, { columns }] of tables.entries()) {
      for (const { name, type } of columns) {
        this.tablesOf.set(name, [...(this.tablesOf.get(name) ?? []), i]);
        this.typeOf.set(name, type);
      }
    }
  }

  get isEmpty(): boolean {
    return this.tables.length === 0 && this.externals.length === 0;
  }

  /** What is read of each table for some partitions of the left. */
  reads(partitions: ReadonlySet<string>): PlannedBootstrap['tables'] {
    return this.tables.map((one) => {
      const { table, duplicates } = one;
      const some = partitionsOf(one, partitions);
      const files = some.flatMap((partition) => partition.files);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      return {
        table: table.name,
        partitions: some.length,
        files: files.length,
        bytes,
        duplicates: duplicates ?? 0,
      };
    });
  }

  /** Left columns by which tables are looked up. */
  keys(): string[] {
    return [...new Set(this.tables.flatMap(({ keys }) => keys.map(({ left }) => left)))];
  }

  /** The left column that is true for rows which nothing of the part is computed for; null: there are none. */
  coveredBy(prefix: string): string | null {
    const part = this.parts.find((one) => one.prefix === prefix);
    const whole = part?.features.every((name) => this.tablesOf.has(name)) ?? false;
    return whole && part!.features.length > 0 ? coveredColumn(prefix) : null;
  }

  /**
   * The left with what the tables have of its rows.
   * @param only parts that are computed; null: whole rows are
   */
  beside(left: LeftScan, only: ReadonlySet<string> | null): LeftScan {
    if (this.tables.length === 0) return left;
    const parts = this.parts.filter(({ prefix }) => only === null || only.has(prefix));
    const wanted = only === null ? null : new Set(parts.flatMap(({ features }) => features));
    const values = [...this.tablesOf]
      .filter(([name]) => wanted === null || wanted.has(name))
      .map(([of, tables]) => ({
        name: valueColumn(of),
        type: this.typeOf.get(of)!,
        of,
        tables,
      }));
    const covered = parts.flatMap(({ prefix, features }) => {
      const name = this.coveredBy(prefix);
      return name === null
        ? []
        : [{ name, columns: features.map((feature) => this.tablesOf.get(feature)!) }];
    });
    const partitions = new Set(left.files.map(({ partition }) => partition));
    const bootstrap: BootstrapScan = {
      tables: this.tables.map((table) => ({
        scan: table.scan,
        files: scanFiles(partitionsOf(table, partitions)),
        keys: table.keys,
        columns: table.columns,
        unique: table.duplicates === 0,
      })),
      values,
      covered,
    };
    const hidden = [
      ...values.map(({ name, type }) => ({ name, type })),
      ...covered.map(({ name }) => ({ name, type: 'BOOLEAN' })),
    ];
    return { ...left, columns: [...left.columns, ...hidden], bootstrap };
  }

  /** The left with what says which rows tables cover, and nothing of their values. */
  coverageBeside(left: LeftScan, only: ReadonlySet<string> | null): LeftScan {
    const scan = this.beside(left, only);
    if (scan.bootstrap === undefined) return scan;
    const { bootstrap } = scan;
    const values = new Set(bootstrap.values.map(({ name }) => name));
    return {
      ...scan,
      columns: scan.columns.filter(({ name }) => !values.has(name)),
      bootstrap: {
        ...bootstrap,
        values: [],
        tables: bootstrap.tables.map((table) => ({ ...table, columns: [] })),
      },
    };
  }

  /**
   * The columns before the join's derivations, over the left's and what is computed.
   * @param computed parts that are, the others are covered
   * @param only as above: columns of other parts are carried over
   * @param named columns that derivations name beside these, and derived ones that tables have
   */
  base(
    columns: readonly Column[],
    computed: ReadonlySet<string>,
    only: ReadonlySet<string> | null,
    further: readonly string[],
  ): ProjectedColumn[] {
    const partOf = new Map(
      this.parts.flatMap(({ prefix, features }) => features.map((name) => [name, prefix])),
    );
    const externals = new Map(this.externals.map((column) => [column.name, column]));
    const chosen = columns.map(({ name, type }): ProjectedColumn => {
      const prefix = partOf.get(name);
      if (prefix !== undefined) {
        const carried = only !== null && !only.has(prefix);
        return { name, type, expression: carried ? null : this.feature(name, prefix, computed) };
      }
      const external = externals.get(name);
      if (external === undefined || only !== null) return { name, type, expression: null };
      return { name, type, expression: this.external(external, columns) };
    });
    const passed = only === null ? further.filter((name) => this.tablesOf.has(name)) : [];
    return [
      ...chosen,
      ...passed.map((name) => ({
        name: valueColumn(name),
        type: this.typeOf.get(name)!,
        expression: null,
      })),
    ];
  }

  /** A derived column, unless the tables have its value. */
  derived(column: ProjectedColumn): ProjectedColumn {
    const { name, expression } = column;
    if (expression === null || !this.tablesOf.has(name)) return column;
    return {
      ...column,
      expression: `coalesce(${quoteIn('duckdb', valueColumn(name))}, ${expression})`,
    };
  }

  private feature(name: string, prefix: string, computed: ReadonlySet<string>): string | null {
    const own = computed.has(prefix) ? quoteIn('duckdb', name) : null;
    if (!this.tablesOf.has(name)) return own === null ? 'NULL' : null;
    const value = quoteIn('duckdb', valueColumn(name));
    if (own === null) return value;
    const covered = this.coveredBy(prefix);
    const either = `coalesce(${value}, ${own})`;
    return covered === null
      ? either
      : `CASE WHEN ${quoteIn('duckdb', covered)} THEN ${value} ELSE ${either} END`;
  }

  /** A contextual field may be filled under its own name, and by the left. */
  private external({ name, type, contextual }: ExternalColumn, left: readonly Column[]): string {
    const values = [name, ...(contextual === null ? [] : [contextual])]
      .filter((column) => this.tablesOf.has(column))
      .map((column) => quoteIn('duckdb', valueColumn(column)));
    if (contextual !== null && left.some((column) => column.name === contextual))
      values.push(`CAST(${quoteIn('duckdb', contextual)} AS ${type})`);
    return values.length === 0 ? 'NULL' : `coalesce(${values.join(', ')})`;
  }
}

function partitionsOf(
  { table, startPartition, endPartition }: InspectedBootstrap,
  partitions: ReadonlySet<string>,
): TablePartition[] {
  return table.partitions.filter(
    ({ value }) =>
      partitions.has(value) &&
      (startPartition === null || value >= startPartition) &&
      (endPartition === null || value <= endPartition),
  );
}
