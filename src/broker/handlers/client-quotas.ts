/** AlterClientQuotas and DescribeClientQuotas: kept and told; `../quotas/` holds clients to them. */
import type { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/api/alter-client-quotas.js';
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../protocol/api/describe-client-quotas.js';
import { errorCode } from '../../protocol/errors.js';
import {
  type Entity,
  entityInText,
  entityOf,
  isMeant,
  isSameEntity,
  refusalOfEntity,
  refusalOfQuestion,
  refusalOfValue,
} from '../security/quotas.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { twiceIn } from '../twice.js';

type Ops = AlterClientQuotasRequest['entries'][number]['ops'];
interface Outcome {
  readonly entity: Entity;
  readonly refusal: string | undefined;
}

export const answerAlterClientQuotas: Handler<AlterClientQuotasRequest, AlterClientQuotasResponse> = async (
  broker,
  request,
) => {
  const { security } = broker.file.meta;
  const before = security.quotas;
  const outcomes = new Map<string, Outcome>();
  for (const { entity: named, ops } of request.entries) {
    const entity = entityOf(named);
    const key = JSON.stringify(entity);
    const isTwice = outcomes.has(key) || twiceIn(ops.map((op) => op.key)).size > 0;
    // What came first is done all the same, as in Kafka.
    const refusal = isTwice ? `Ignoring duplicate entity ${entityInText(entity)}` : refusalOf(entity, ops);
    if (refusal === undefined && !request.validateOnly) change(broker, entity, ops);
    outcomes.set(key, { entity, refusal });
  }
  const undo = () => {
    security.quotas = before;
  };
  const unsaved = request.validateOnly
    ? undefined
    : await unlessRefused<string | undefined>(
        broker.log,
        () => broker.file.save(undo).then(() => undefined),
        (errorMessage) => errorMessage,
      );
  return {
    entries: [...outcomes.values()].map(({ entity: named, refusal }) => {
      const entity = namesOf(named);
      if (refusal !== undefined) return { entity, errorCode: errorCode.INVALID_REQUEST, errorMessage: refusal };
      const code = unsaved === undefined ? errorCode.NONE : errorCode.KAFKA_STORAGE_ERROR;
      return { entity, errorCode: code, errorMessage: unsaved ?? null };
    }),
  };
};

export const answerDescribeClientQuotas: Handler<DescribeClientQuotasRequest, DescribeClientQuotasResponse> = (
  broker,
  request,
) => {
  const refusal = refusalOfQuestion(request);
  if (refusal !== undefined) return { errorCode: refusal.code, errorMessage: refusal.message, entries: null };
  return {
    entries: broker.file.meta.security.quotas
      .filter(({ entity }) => isMeant(request, entity))
      .map(({ entity, values }) => ({
        entity: namesOf(entity),
        values: Object.entries(values).map(([key, value]) => ({ key, value })),
      })),
  };
};

export function refuseAlterClientQuotas(request: AlterClientQuotasRequest, code: number) {
  return { entries: request.entries.map(({ entity }) => ({ entity, errorCode: code, errorMessage: null })) };
}

function refusalOf(entity: Entity, ops: Ops): string | undefined {
  const refused = refusalOfEntity(entity);
  if (refused !== undefined) return refused;
  const ofSet = ops.filter(({ remove }) => !remove);
  return ofSet.map(({ key, value }) => refusalOfValue(entity, key, value)).find((each) => each !== undefined);
}

function change({ file }: BrokerState, entity: Entity, ops: Ops): void {
  const { quotas } = file.meta.security;
  const values = { ...quotas.find((each) => isSameEntity(each.entity, entity))?.values };
  for (const { key, value, remove } of ops) {
    if (remove) delete values[key];
    else values[key] = value;
  }
  const others = quotas.filter((each) => !isSameEntity(each.entity, entity));
  file.meta.security.quotas = Object.keys(values).length === 0 ? others : [...others, { entity, values }];
}

function namesOf(entity: Entity) {
  return Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }));
}
