/**
 * Sums of two doubles, high and low, with about 106 bits: enough that a result rounded to a double
 * does not depend on the order of addition. Knuth's TwoSum (TAOCP vol. 2, 4.2.2) and Dekker's product
 * ("A floating-point technique for extending the available precision", 1971).
 */
export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

export const zero: DoubleDouble = { high: 0, low: 0 };

/** The exact sum of two doubles. */
export function twoSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  const part = high - a;
  return { high, low: a - (high - part) + (b - part) };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const sum = twoSum(a.high, b.high);
  return quickSum(sum.high, sum.low + a.low + b.low);
}

export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, { high: -b.high, low: -b.low });
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const product = twoProduct(a.high, b.high);
  return quickSum(product.high, product.low + a.high * b.low + a.low * b.high);
}

export function scale(a: DoubleDouble, factor: number): DoubleDouble {
  return multiply(a, { high: factor, low: 0 });
}

export function divide(a: DoubleDouble, divisor: number): DoubleDouble {
  const high = a.high / divisor;
  const rest = subtract(a, twoProduct(high, divisor));
  return quickSum(high, (rest.high + rest.low) / divisor);
}

/** a must not be smaller than b. */
function quickSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  return { high, low: b - (high - a) };
}

const splitter = 2 ** 27 + 1;

function twoProduct(a: number, b: number): DoubleDouble {
  const high = a * b;
  const aSplit = splitter * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = splitter * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return { high, low: aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow) };
}
