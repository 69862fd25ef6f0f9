/** What the caller lends to a job: a sink for events, a way to ask, a way to stop. */
import type { LoggedEvent } from '@hindcast/shared/plan/event';
import type { DefinitionChange } from '@hindcast/shared/plan/plan';

export interface JobIo {
  readonly onEvent: (event: LoggedEvent) => void;
  /** Asked before something that can't be undone, and why; false stops the job. */
  readonly confirm: (question: string, changes: readonly DefinitionChange[]) => Promise<boolean>;
  /** Aborted: no other task starts, those that run end, nothing more is committed. */
  readonly signal: AbortSignal;
}
