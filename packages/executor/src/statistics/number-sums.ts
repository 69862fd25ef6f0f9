/**
 * Count, sum and sum of squares of finite numbers in double-doubles: mean and deviation, once rounded,
 * don't depend on the order of rows.
 */
import { divide, multiply, subtract } from '../aggregate/double-double.js';

const splitter = 2 ** 27 + 1;
/** Squares of greater numbers are beyond doubles. */
const mostSquared = 1e150;

export class NumberSums {
  count = 0;
  private high = 0;
  private low = 0;
  private squareHigh = 0;
  private squareLow = 0;
  private tooGreat = false;

  reset(): void {
    this.count = 0;
    this.high = 0;
    this.low = 0;
    this.squareHigh = 0;
    this.squareLow = 0;
    this.tooGreat = false;
  }

  /** Double-double's own operations, written out: this runs for each value. */
  add(numbers: Float64Array, count: number): void {
    let { high, low, squareHigh, squareLow } = this;
    let most = 0;
    let n = 0;
    for (let i = 0; i < count; i++) {
      const x = numbers[i]!;
      if (x - x !== 0) continue; // NaN and infinities
      n++;
      const sum = high + x;
      const part = sum - high;
      const rest = high - (sum - part) + (x - part) + low;
      high = sum + rest;
      low = rest - (high - sum);
      most = Math.max(most, Math.abs(x));
      const square = x * x;
      const wide = splitter * x;
      const upper = wide - (wide - x);
      const lower = x - upper;
      const error = lower * lower - (square - upper * upper - 2 * (upper * lower));
      const squares = squareHigh + square;
      const squarePart = squares - squareHigh;
      const squareRest =
        squareHigh - (squares - squarePart) + (square - squarePart) + (squareLow + error);
      squareHigh = squares + squareRest;
      squareLow = squareRest - (squareHigh - squares);
    }
    this.count += n;
    this.high = high;
    this.low = low;
    this.squareHigh = squareHigh;
    this.squareLow = squareLow;
    if (most > mostSquared) this.tooGreat = true;
  }

  /** Null without numbers, and beyond the range of doubles. */
  get mean(): number | null {
    if (this.count === 0) return null;
    return finite(divide({ high: this.high, low: this.low }, this.count).high);
  }

  /** Of a sample; null for fewer than two numbers, and beyond the range of doubles. */
  get deviation(): number | null {
    if (this.count < 2 || this.tooGreat) return null;
    const sum = { high: this.high, low: this.low };
    const ofMean = divide(multiply(sum, sum), this.count);
    const around = subtract({ high: this.squareHigh, low: this.squareLow }, ofMean);
    return finite(Math.sqrt(Math.max(0, around.high / (this.count - 1))));
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
