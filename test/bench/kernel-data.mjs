/** Typed arrays of W1's shape: 60 days of purchases as their files come, 30 days of checkouts. */

export const users = 100_000;
const startMs = 1_700_006_400_000; // 2023-11-15T00:00:00Z
const dayMs = 86_400_000;

/** @param {number} count */
export function makePurchases(count) {
  const random = mulberry32(1);
  const times = new Float64Array(count);
  const prices = new Float64Array(count);
  const user = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const date = Math.floor((i / count) * 60);
    times[i] = startMs + date * dayMs + Math.floor(random() * dayMs);
    prices[i] = Math.floor(random() * 100_000) / 100;
    user[i] = skewedUser(random());
  }
  return { times, prices, user };
}

/** @param {number} count */
export function makeCheckouts(count) {
  const random = mulberry32(2);
  const times = new Float64Array(count);
  const user = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    times[i] = startMs + 30 * dayMs + Math.floor(random() * 30 * dayMs);
    user[i] = skewedUser(random());
  }
  return { times, user };
}

/** As DuckDB hands rows over, with a copy of the runs. @param {ReturnType<typeof makePurchases>} rows */
export function chunksOf({ times, prices, user }) {
  const size = 2048;
  return Array.from({ length: Math.ceil(times.length / size) }, (_, c) => {
    const [from, to] = [c * size, Math.min((c + 1) * size, times.length)];
    const bytes = new Uint8Array(prices.buffer, 8 * from, 8 * (to - from));
    return {
      times: times.subarray(from, to),
      days: null,
      runs: user.slice(from, to),
      values: [{ bytes, validity: null }],
    };
  });
}

/** @param {number} u in [0, 1) */
function skewedUser(u) {
  return Math.floor(u ** 3 * users);
}

/** Numbers in [0, 1), the same on every machine (Tommy Ettinger's mulberry32). @param {number} seed */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
