/**
 * What one broker chose by itself, under the names that the world has for it, and back: so requests find the value of a name
 * on each broker, and answers of two brokers are compared by names. What nobody named is called by order of appearance.
 */
export type Kind = 'producer' | 'topic' | 'session' | 'member';

interface Values {
  readonly producer: bigint;
  readonly topic: string;
  readonly session: number;
  readonly member: string;
}

/** Producer ids from here on are chosen by us, the same on every broker; a broker counts from zero. */
export const OWN_PRODUCER_IDS = 1n << 40n;
/** What is no choice of the broker: nobody, nothing, none. */
const EMPTY: readonly unknown[] = [-1n, 0, -1, '', 'AAAAAAAAAAAAAAAAAAAAAA'];

/** What every name of ours begins with when it is drawn; each time that steps are played it is another one, as long as this. */
export const PREFIX = 'seed-run-';
let runs = Math.floor(Date.now() / 100);

/** The same for all sides of a run. */
export function freshPrefix(): string {
  return `s${(runs++ % 36 ** 7).toString(36).padStart(7, '0')}-`;
}

/** Of a topic that was never made. */
function nobodysId(name: string): string {
  return Buffer.from(`nobody-has-${name}`.padEnd(16, '-')).subarray(0, 16).toString('base64url');
}

export class Names {
  readonly prefix: string;
  readonly #values = new Map<string, Values[Kind]>();
  readonly #names = new Map<string, string>();
  readonly #appeared = new Map<Kind, number>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  bind<K extends Kind>(kind: K, name: string, value: Values[K]): void {
    if (EMPTY.includes(value)) return;
    this.#values.set(`${kind} ${name}`, value);
    this.#names.set(`${kind} ${value}`, name);
  }

  /** A producer's id; one that is nowhere when the name has none, since the step that gives it was left out. */
  producerId(name: string): bigint {
    return (this.#values.get(`producer ${name}`) as bigint | undefined) ?? OWN_PRODUCER_IDS - 1n;
  }

  topicId(name: string): string {
    return (this.#values.get(`topic ${name}`) as string | undefined) ?? nobodysId(name);
  }

  sessionId(name: string): number {
    return (this.#values.get(`session ${name}`) as number | undefined) ?? 1;
  }

  memberId(name: string): string {
    return (this.#values.get(`member ${name}`) as string | undefined) ?? 'nobody';
  }

  /** Strings of a request as they are this time. */
  own<T>(value: T): T {
    if (typeof value === 'string') return value.replaceAll(PREFIX, this.prefix) as T;
    if (Array.isArray(value)) return value.map((each) => this.own(each)) as T;
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, this.own(each)])) as T;
  }

  isKnown(kind: Kind, value: Values[Kind]): boolean {
    return this.#names.has(`${kind} ${value}`);
  }

  /** How an answer's value is compared. */
  nameOf(kind: Kind, value: unknown): unknown {
    if (EMPTY.includes(value) || value === null) return value;
    if (kind === 'producer' && (value as bigint) >= OWN_PRODUCER_IDS - 1n) return value;
    const known = this.#names.get(`${kind} ${value}`);
    if (known !== undefined) return `(${known})`;
    const number = (this.#appeared.get(kind) ?? 0) + 1;
    this.#appeared.set(kind, number);
    this.bind(kind, `${kind} ${number}`, value as Values[Kind]);
    return `(${kind} ${number})`;
  }

  /** Topic and member ids inside a broker's sentence. */
  inText(text: string): string {
    let named = text.replaceAll(this.prefix, PREFIX);
    for (const [key, value] of this.#values) {
      if (typeof value === 'string') named = named.replaceAll(value, `(${key.slice(key.indexOf(' ') + 1)})`);
    }
    return named;
  }
}
