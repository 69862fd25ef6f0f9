/** What every page of the UI is made from. */
import type { Store } from '@hindcast/shared/store/store';
import type { ReadCheckpoint } from '@hindcast/shared/table/delta-log';
import type { PartitionSpec } from '@hindcast/shared/time/partition-spec';
import type { Launcher } from '../launch/launcher.js';

export interface UiContext {
  readonly store: Store;
  /** As the settings have it. */
  readonly warehouse: string;
  readonly spec: PartitionSpec;
  /** Table name → folder or URL, for tables that live outside of the warehouse. */
  readonly tables: Readonly<Record<string, string>>;
  readonly launcher: Launcher;
  readonly readCheckpoint: ReadCheckpoint;
}
