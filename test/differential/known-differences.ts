/**
 * What the embedded broker does otherwise on purpose, or what two runs of Apache Kafka do otherwise themselves: one table,
 * that the comparison asks. A row covers single fields; what stands here and is never met is found by `uncovered`.
 */
import { fieldOf, type Unlike } from './compare.js';
import type { Step } from './operation.js';
import { BEHIND_DELETED } from './operations/reading.js';

export interface KnownDifference {
  readonly why: string;
  /** Where docs/spec/broker.md says it, when it is the embedded broker's. */
  readonly rule?: string;
  /** `among`: all that is unlike in the same answer. */
  covers(unlike: Unlike, step: Step, among: readonly Unlike[]): boolean;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    why: 'where Apache Kafka says only a code to who produces, the embedded broker says why',
    rule: '3.1',
    covers: ({ path, reference }, { api }) =>
      api.name === 'Produce' && fieldOf(path).endsWith('.errorMessage') && reference === null,
  },
  {
    why: 'Apache Kafka fills what a reader asks for with the beginning of a batch, which no reader can use',
    rule: '4.3',
    covers: ({ path, other }, { api }) => api.name === 'Fetch' && path.endsWith('.records.rest') && other === 0,
  },
  {
    why: 'what cannot be read is told by one code where Apache Kafka has several, and not at all where it is deleted',
    rule: '4.4',
    covers: ({ path }, { api }, among) => {
      const code = among.find((each) => each.path === path.replace(/\.\w+$/, '.errorCode'));
      return (
        api.name === 'ListOffsets' &&
        (code?.other === 2 || code?.other === 0) &&
        [87, -1].includes(code.reference as number)
      );
    },
  },
  {
    why: 'by time Apache Kafka looks into a segment whose records are all deleted, until that is gone, and in no later one; here it is gone',
    rule: '4.4',
    covers: ({ path }, { operation }) => operation === BEHIND_DELETED && /\.(timestamp|offset|leaderEpoch)$/.test(path),
  },
  {
    why: 'a cluster with eligible leader replicas (KIP-966) keeps min.insync.replicas from being changed; here there are none',
    rule: '6',
    covers: (unlike, { api }, among) =>
      isOfSettings(api) && /while ELR is enabled/.test(String(besides(unlike, among)?.reference)),
  },
  {
    why: 'a setting of brokers that nobody knows is refused: there are no plugins that could mean it',
    rule: '6',
    covers: (unlike, { api }, among) =>
      isOfSettings(api) && String(besides(unlike, among)?.other).startsWith('Unknown or read-only config name: '),
  },
  {
    why: 'which of several wrong settings Apache Kafka tells goes by tables that have no order',
    rule: '6',
    covers: ({ path, reference, other }) => {
      const [one, another] = [wrongSettingIn(reference), wrongSettingIn(other)];
      return path.endsWith('.errorMessage') && one?.kind === another?.kind && one?.name !== another?.name;
    },
  },
  {
    why: 'an ACL that may not be made is refused by itself, where Apache Kafka answers −1 to the whole request',
    rule: '9.8',
    covers: ({ reference, other }, { api }, among) =>
      api.name === 'CreateAcls' && (reference === -1 ? other === 42 : among.some((each) => each.reference === -1)),
  },
];

export function isKnown(unlike: Unlike, step: Step, among: readonly Unlike[]): boolean {
  return knownDifferences.some((known) => known.covers(unlike, step, among));
}

function isOfSettings({ name }: Step['api']): boolean {
  return name === 'IncrementalAlterConfigs' || name === 'AlterConfigs';
}

/** The sentence beside a code, or the sentence itself. */
function besides({ path }: Unlike, among: readonly Unlike[]): Unlike | undefined {
  const sentence = path.replace(/\.errorCode$/, '.errorMessage');
  return among.find((each) => each.path === sentence);
}

function wrongSettingIn(sentence: unknown): { readonly kind: string; readonly name: string } | undefined {
  const kinds = [
    /^(Unknown) \w+ config name: (.*)/,
    /^(Invalid) value .* for configuration ([^:]+):/,
    /^(Can't) (?:APPEND|SUBTRACT) to key (.*) because/,
    /^(Config value) \w+ is not allowed for config key: (.*)/,
  ];
  const said = kinds.map((kind) => kind.exec(String(sentence))).find((each) => each !== null);
  return said && { kind: said[1] ?? '', name: said[2] ?? '' };
}
