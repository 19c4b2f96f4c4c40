/** Broker settings → who is a super user, whether an authorizer runs, how clients log in. Serves docs/spec/broker.md §6 and §9. */
import type { Configs } from '../config/configs.js';
import { listOf } from '../config/definition.js';
import { Authorizer } from './authorizer.js';
import { isKnownMechanism } from './login.js';
import type { SessionSurroundings } from './session.js';

/** Undefined: none is configured, and everybody may do everything. */
export function authorizerOf(configs: Configs): Authorizer | undefined {
  if (configs.string('authorizer.class.name') === '') return undefined;
  const superUsers = configs
    .string('super.users')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '');
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
