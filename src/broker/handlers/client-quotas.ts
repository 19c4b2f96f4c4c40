/** AlterClientQuotas and DescribeClientQuotas: kept and told; `../quotas/` holds clients to them. */
import type { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/api/alter-client-quotas.js';
import type {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from '../../protocol/api/describe-client-quotas.js';
import { errorCode } from '../../protocol/errors.js';
import { isMeant, isSameEntity, refusalOfEntity, refusalOfQuestion, refusalOfValue } from '../security/quotas.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { twiceIn } from '../twice.js';

type Entry = AlterClientQuotasRequest['entries'][number];

export const answerAlterClientQuotas: Handler<AlterClientQuotasRequest, AlterClientQuotasResponse> = async (
  broker,
  request,
) => {
  const { security } = broker.file.meta;
  const before = security.quotas;
  const refusals = request.entries.map((entry) => {
    const refusal = refusalOf(entry);
    if (refusal === undefined && !request.validateOnly) change(broker, entry);
    return refusal;
  });
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
    entries: request.entries.map(({ entity }, at) => {
      const refusal = refusals[at];
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
  if (refusal !== undefined) return { errorCode: errorCode.INVALID_REQUEST, errorMessage: refusal, entries: null };
  return {
    entries: broker.file.meta.security.quotas
      .filter(({ entity }) => isMeant(request, entity))
      .map(({ entity, values }) => ({
        entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
        values: Object.entries(values).map(([key, value]) => ({ key, value })),
      })),
  };
};

export function refuseAlterClientQuotas(request: AlterClientQuotasRequest, code: number) {
  return { entries: request.entries.map(({ entity }) => ({ entity, errorCode: code, errorMessage: null })) };
}

function refusalOf({ entity, ops }: Entry): string | undefined {
  const refused = refusalOfEntity(entity);
  if (refused !== undefined) return refused;
  const [twice] = twiceIn(ops.map(({ key }) => key));
  if (twice !== undefined) return `Duplicate quota key ${twice}`;
  const ofSet = ops.filter(({ remove }) => !remove);
  return ofSet.map(({ key, value }) => refusalOfValue(entityOf(entity), key, value)).find((each) => each !== undefined);
}

function change({ file }: BrokerState, { entity, ops }: Entry): void {
  const named = entityOf(entity);
  const { quotas } = file.meta.security;
  const values = { ...quotas.find((each) => isSameEntity(each.entity, named))?.values };
  for (const { key, value, remove } of ops) {
    if (remove) delete values[key];
    else values[key] = value;
  }
  const others = quotas.filter((each) => !isSameEntity(each.entity, named));
  file.meta.security.quotas = Object.keys(values).length === 0 ? others : [...others, { entity: named, values }];
}

function entityOf(named: Entry['entity']): Readonly<Record<string, string | null>> {
  return Object.fromEntries(named.map(({ entityType, entityName }) => [entityType, entityName]));
}
