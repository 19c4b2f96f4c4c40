/** Broker settings → who is a super user, whether an authorizer runs, how clients log in. Serves docs/spec/broker.md §6 and §9. */
import type { Configs } from '../config/configs.js';
import { listOf } from '../config/definition.js';
import { Authorizer } from './authorizer.js';
import { isKnownMechanism } from './login.js';
import type { SessionSurroundings } from './session.js';

/** Undefined: none is configured, and everybody may do everything. Throws where a super user is no principal, as Kafka does. */
export function authorizerOf(configs: Configs): Authorizer | undefined {
  if (configs.string('authorizer.class.name') === '') return undefined;
  const superUsers = configs
    .string('super.users')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  for (const each of superUsers) {
    // Nobody is called so: who is meant would be refused everything.
    if (!/^[^:]+:/.test(each)) {
      throw new Error(`super.users names ${each}: a principal has a type, say User:${each}, and ; stands between two`);
    }
  }
  return new Authorizer({
    superUsers: new Set(superUsers),
    allowsByDefault: configs.boolean('allow.everyone.if.no.acl.found'),
  });
}

export function sessionsOf(
  configs: Configs,
  around: Omit<SessionSurroundings, 'mechanisms' | 'sessionMs'>,
): SessionSurroundings {
  return {
    ...around,
    mechanisms: listOf(configs.string('sasl.enabled.mechanisms')).filter(isKnownMechanism),
    sessionMs: configs.number('connections.max.reauth.ms'),
  };
}
