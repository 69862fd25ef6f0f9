/** Small tables for the views of labels, and what the views are made of. */
import type { LabelViews } from '@hindcast/shared/plan/plan';
import type { Column } from '@hindcast/shared/plan/task';
import type { ViewTables } from '../../packages/driver/src/label-views-sql.js';

export interface TestTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface ViewCase {
  readonly views: LabelViews;
  readonly features: TestTable;
  readonly labels: TestTable | null;
}

export function tablesOf({ features, labels }: ViewCase): ViewTables {
  return { features: features.columns, labels: labels?.columns ?? null };
}

const text = (name: string): Column => ({ name, type: 'VARCHAR' });
const long = (name: string): Column => ({ name, type: 'BIGINT' });

/** Each in a namespace of its own. */
export const viewCases: Readonly<Record<string, ViewCase>> = {
  versions: {
    views: viewsOf('versions', ['id', 'user', 'ds']),
    features: {
      columns: [text('id'), text('user'), long('ts'), text('ds')],
      rows: [
        ['r1', 'a', 1, '2023-11-20'],
        ['r2', 'b', 2, '2023-11-20'],
        ['r3', null, 3, '2023-11-20'],
        ['r4', 'a', 4, '2023-11-21'],
        ['r4', 'a', 5, '2023-11-21'],
        ['r5', 'c', 6, '2023-11-22'],
      ],
    },
    labels: {
      columns: [
        text('id'),
        text('user'),
        long('g_v'),
        text('label_w'),
        text('label_ds'),
        text('ds'),
      ],
      rows: [
        ['r1', 'a', 1, 'x', '2023-11-23', '2023-11-20'],
        ['r2', 'b', null, null, '2023-11-23', '2023-11-20'],
        ['r3', null, 9, 'z', '2023-11-23', '2023-11-20'],
        ['r1', 'a', 2, 'y', '2023-11-24', '2023-11-20'],
        ['r4', 'a', 5, null, '2023-11-23', '2023-11-21'],
      ],
    },
  },
  names: {
    views: viewsOf('names', ['a b', 'ds']),
    features: {
      columns: [text('a b'), long('back`tick'), long('quo"te'), long('select'), text('ds')],
      rows: [['k', 1, 2, 3, '2023-11-20']],
    },
    labels: {
      columns: [text('a b'), long('from`x"'), text('label_ds'), text('ds')],
      rows: [['k', 4, '2023-11-23', '2023-11-20']],
    },
  },
  types: {
    views: {
      ...viewsOf('types', ['id', 'ds']),
      labelColumns: [
        'BOOLEAN',
        'TINYINT',
        'SMALLINT',
        'INTEGER',
        'BIGINT',
        'FLOAT',
        'DOUBLE',
        'VARCHAR',
        'BLOB',
        'DATE',
        'TIMESTAMP',
        'DECIMAL(10,2)',
        'DOUBLE[]',
        'MAP(VARCHAR, BIGINT)',
        'STRUCT("a b" INTEGER, c VARCHAR[])[]',
      ].map((type, i) => ({ name: `g_c${i}`, type })),
    },
    features: { columns: [text('id'), text('ds')], rows: [['r1', '2023-11-20']] },
    labels: null,
  },
};

function viewsOf(namespace: string, identity: readonly string[]): LabelViews {
  return {
    features: `${namespace}.features`,
    labels: `${namespace}.features_labels`,
    labeled: `${namespace}.features_labeled`,
    latest: `${namespace}.features_labeled_latest`,
    definition: '',
    partitionColumn: 'ds',
    identity,
    labelColumns: [],
  };
}
