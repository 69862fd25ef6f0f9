/** SIGINT and SIGTERM while a command runs: the first one ends it cleanly, the second at once. */

export class Signals {
  private received: NodeJS.Signals | null = null;
  private readonly onSignal: (signal: NodeJS.Signals) => void;

  constructor(stop: () => void) {
    this.onSignal = (signal) => {
      this.received = signal;
      stop();
    };
    process.once('SIGINT', this.onSignal);
    process.once('SIGTERM', this.onSignal);
  }

  /** Of a command that one of them ended; null when there was none. */
  get exitCode(): number | null {
    if (this.received === null) return null;
    return this.received === 'SIGTERM' ? 143 : 130;
  }

  release(): void {
    process.removeListener('SIGINT', this.onSignal);
    process.removeListener('SIGTERM', this.onSignal);
  }
}
