/** Text that grows, on a store that can only replace objects: all of it again, at most once a while. */
import type { Appender } from './store.js';

const patienceMs = 1_000;

export class S3Appender implements Appender {
  private text = '';
  private written = 0; // characters that readers see
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  private before: string | null = null;

  /** @param earlier what is there already, asked for once */
  constructor(
    private readonly put: (text: string) => Promise<void>,
    private readonly earlier: () => Promise<string>,
  ) {}

  append(text: string): void {
    this.text += text;
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      // What can't be written now is written with what comes next, or fails in `flush`.
      this.flush().catch(() => {});
    }, patienceMs);
    this.timer.unref();
  }

  flush(): Promise<void> {
    const next = this.writing
      .catch(() => {})
      .then(async () => {
        const { text } = this;
        if (this.written === text.length) return;
        this.before ??= await this.earlier();
        await this.put(this.before + text);
        this.written = text.length;
      });
    this.writing = next;
    return next;
  }
}
