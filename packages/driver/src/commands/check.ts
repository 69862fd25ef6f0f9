/** One thing that `doctor` looks at. */
import { HindcastError } from '@hindcast/shared/errors';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly mend: string | null;
}

/** @param run says what it found, or throws what is wrong */
export async function check(name: string, run: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await run(), mend: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    return {
      name,
      ok: false,
      detail,
      mend: error instanceof HindcastError ? (error.hint ?? null) : null,
    };
  }
}
