/** Where objects live. Keys are `/`-separated paths relative to the store's root. */
import type { StoreUse } from './use.js';

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
  /** Text that grows at its end. */
  appender(key: string): Appender;
  /** Absent keys are not an error; a folder's key takes everything below it. */
  delete(keys: readonly string[]): Promise<void>;
  /** Moves everything below `from` to `to`, which must not exist. */
  move(from: string, to: string): Promise<void>;
  /** The same object under another key; changing one leaves the other. */
  copy(from: string, to: string): Promise<void>;
  /**
   * Brings objects into a folder under new names. Where nothing is in the folder and the store has
   * renames, all of them appear at once. Where they were they are gone, or whoever deletes that folder
   * takes them along.
   * @param gathering a folder that nobody else uses, for what is on its way
   */
  place(folder: string, files: readonly PlacedObject[], gathering: string): Promise<void>;
  /**
   * What tasks name an object by, wherever they run: an absolute path or a URL.
   * @throws HindcastError kind `storage` for keys that leave the root
   */
  address(key: string): string;
  /** @throws HindcastError where the root itself is what is wrong: a file, a bucket that is not there */
  checkRoot(): Promise<void>;
  /** Of this process, or of this thread, so far. */
  use(): StoreUse;
}

export interface PlacedObject {
  readonly from: string;
  readonly name: string; // in the folder
}

export interface Appender {
  /** Soon readers see it; a folder has it when this returns. */
  append(text: string): void;
  /** Ends when readers see everything, or it can't be written. */
  flush(): Promise<void>;
}

/** A store whose objects are files here. */
export interface LocalStore extends Store {
  /** A path that a local reader (DuckDB) can open; fails for keys that leave the root. */
  localPath(key: string): string;
}
