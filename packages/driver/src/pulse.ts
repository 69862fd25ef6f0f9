/** While a run is driven: it is marked as alive, and asked whether it was cancelled. */
import { pulseMs, type RunFiles } from './run-files.js';

const cancelMs = 2_000;

/** @returns what ends it */
export function keepPulse(files: RunFiles, onCancel: () => void): () => void {
  let marked = Date.now();
  let busy = false;
  const beat = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      if (await files.isCancelled()) onCancel();
      if (Date.now() - marked >= pulseMs) {
        await files.mark();
        marked = Date.now();
      }
    } catch {
      // A store that does not answer now is asked again.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(beat, cancelMs);
  timer.unref();
  return () => clearInterval(timer);
}
