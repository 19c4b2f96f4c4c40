/** Numbers with a fraction as Java reads and writes them: settings of the type DOUBLE. Serves docs/spec/broker.md §6. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?$/;
const [PLAIN_FROM, PLAIN_BELOW] = [1e-3, 1e7];

/** Undefined: it is none. NaN and infinities are numbers too, under these names. */
export function doubleOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?NaN$/.test(trimmed)) return Number.NaN;
  if (/^[+-]?Infinity$/.test(trimmed)) return Number(trimmed);
  return DECIMAL.test(trimmed) ? Number(trimmed.replace(/[fFdD]$/, '')) : undefined;
}

export function doubleInText(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  if (number === 0) return Object.is(number, -0) ? '-0.0' : '0.0';
  const isPlain = Math.abs(number) >= PLAIN_FROM && Math.abs(number) < PLAIN_BELOW;
  if (isPlain) return withFraction(String(number));
  const [digits = '', exponent = ''] = number.toExponential().split('e');
  return `${withFraction(digits)}E${exponent.replace('+', '')}`;
}

function withFraction(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}
