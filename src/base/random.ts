/** Randomness as an argument: the real one draws from the system, a simulated one from a printed seed. */
export interface Random {
  /** `size` fresh bytes, owned by the caller. */
  bytes(size: number): Buffer;
  /** A uniform number in [0, 1). */
  next(): number;
}

/** A uniform integer in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** Kafka's uuid in its printed form: 22 characters of base64url, never starting with a dash. */
export function randomUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const text = bytes.toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}

/** A deterministic generator (sfc32) for tests and simulation: one seed, one sequence. */
export function seededRandom(seed: number): Random {
  let a = seed | 0;
  let b = (seed ^ 0x9e3779b9) | 0;
  let c = (seed ^ 0x243f6a88) | 0;
  let d = 1;
  const draw = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) draw();
  return {
    bytes(size) {
      const out = Buffer.allocUnsafe(size);
      for (let i = 0; i < size; i++) out[i] = draw() & 0xff;
      return out;
    },
    next: () => draw() / 2 ** 32,
  };
}
