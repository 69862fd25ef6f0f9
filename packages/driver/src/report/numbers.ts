/** Numbers as a report has them: short, and of one width where they stand below each other. */

const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en-US', {
  maximumSignificantDigits: 4,
  notation: 'compact',
});

/** Four digits: `1,234`, `12.35M`, `0.00123`, `1.2e-7`; a dash for what is not there. */
export function short(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(1);
  return (size >= 1e5 ? compact : plain).format(value).replace('-', '−');
}

/** A share as a percentage: `0 %`, `<0.1 %`, `3.2 %`, `57 %`. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return '–';
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value < 0.1) return '<0.1 %';
  if (value > 99.9) return '>99.9 %';
  return `${value < 10 || value > 99 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `0.12 s`, `4.3 s`, `2 min 5 s`, `3 h 12 min`. */
export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(value < 1 ? 2 : 1)} s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}
