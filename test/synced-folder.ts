/**
 * A folder that stands for a place on S3: tests write and read it as they like, and before and after
 * each command it and the place are made the same. So a test need not know where its warehouse is.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openStore } from '@hindcast/shared/store/open';

interface Known {
  readonly version: string; // on S3
  readonly mtimeMs: number; // of the file
}

export class SyncedFolder {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** What changed in the folder, to S3. */
  async push(): Promise<void> {
    const store = await openStore(this.url);
    const files = existsSync(this.folder) ? filesIn(this.folder) : [];
    const there = new Set(files);
    const gone = [...this.known.keys()].filter((key) => !there.has(key));
    await store.delete(gone);
    for (const key of gone) this.known.delete(key);
    const changed = files.filter(
      (key) => statSync(join(this.folder, key)).mtimeMs !== this.known.get(key)?.mtimeMs,
    );
    if (changed.length === 0) return;
    await Promise.all(changed.map((key) => store.put(key, readFileSync(join(this.folder, key)))));
    const versions = new Map((await store.list('')).map(({ key, version }) => [key, version]));
    for (const key of changed) this.note(key, versions.get(key)!);
  }

  /** What changed on S3, to the folder. */
  async pull(): Promise<void> {
    const store = await openStore(this.url);
    const objects = await store.list('');
    const there = new Set(objects.map(({ key }) => key));
    for (const key of this.known.keys()) {
      if (there.has(key)) continue;
      rmSync(join(this.folder, key), { force: true });
      this.known.delete(key);
    }
    await Promise.all(
      objects.map(async ({ key, version }) => {
        if (this.known.get(key)?.version === version) return;
        const path = join(this.folder, key);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, (await store.get(key))!);
        this.note(key, version);
      }),
    );
    if (existsSync(this.folder)) removeEmpty(this.folder);
  }

  private note(key: string, version: string): void {
    this.known.set(key, { version, mtimeMs: statSync(join(this.folder, key)).mtimeMs });
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** S3 has no folders without objects. */
function removeEmpty(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmpty(path);
    if (readdirSync(path).length === 0) rmdirSync(path);
  }
}
