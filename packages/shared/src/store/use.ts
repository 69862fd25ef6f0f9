/** What was asked of a store, and what went over the wire; a local folder counts nothing. */
export interface StoreUse {
  readonly requests: number; // tries that failed included
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export const noUse: StoreUse = { requests: 0, bytesRead: 0, bytesWritten: 0 };

export function addUse(a: StoreUse, b: StoreUse): StoreUse {
  return {
    requests: a.requests + b.requests,
    bytesRead: a.bytesRead + b.bytesRead,
    bytesWritten: a.bytesWritten + b.bytesWritten,
  };
}

export function lessUse(a: StoreUse, b: StoreUse): StoreUse {
  return {
    requests: a.requests - b.requests,
    bytesRead: a.bytesRead - b.bytesRead,
    bytesWritten: a.bytesWritten - b.bytesWritten,
  };
}
