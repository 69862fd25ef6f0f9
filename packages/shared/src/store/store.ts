/** Where objects live. Keys are `/`-separated paths relative to the store's root. */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** Changes whenever the object's content does: size and mtime locally, the ETag on S3. */
  readonly version: string;
}

export interface Store {
  /** The root as the user gave it, for messages. */
  readonly url: string;
  /** Every object whose key begins with `prefix`, sorted by key; an absent prefix gives none. */
  list(prefix: string): Promise<readonly ObjectInfo[]>;
  /** Names of the folders right below `prefix`, which is empty or ends with `/`; sorted. */
  folders(prefix: string): Promise<readonly string[]>;
  /** Null when there is no such object. */
  get(key: string): Promise<Uint8Array | null>;
  /** Atomic: readers see what was there before, or the whole object. */
  put(key: string, data: Uint8Array | string): Promise<void>;
  /** Atomic: the object appears whole or not at all, and only if nothing is there. */
  putIfAbsent(key: string, data: Uint8Array | string): Promise<'created' | 'exists'>;
  /** Absent keys are not an error; a folder's key takes everything below it. */
  delete(keys: readonly string[]): Promise<void>;
  /** Moves everything below `from` to `to`, which must not exist. */
  move(from: string, to: string): Promise<void>;
  /** A path that a local reader (DuckDB) can open; fails for keys that leave the root. */
  localPath(key: string): string;
}
