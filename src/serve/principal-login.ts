/** How klink itself logs in to a managed cluster, of what klink.yaml says. Secrets are resolved here, once. */
import type { Clock } from '../base/clock.js';
import type { AnyLogin } from '../base/sasl.js';
import { type PostForm, tokenLogin } from '../base/token-endpoint.js';
import type { ManagedClusterPrincipal } from './klink-yaml.js';

export interface PrincipalLoginOptions {
  /** Throws where there is no value behind the reference. */
  readonly resolved: (reference: string, line: number) => string;
  readonly clock: Clock;
  readonly post: PostForm;
  /** PEM: whom the token endpoint is trusted by, beside the public authorities. */
  readonly authorities: string | undefined;
}

export function principalLogin(
  principal: ManagedClusterPrincipal,
  { resolved, clock, post, authorities }: PrincipalLoginOptions,
): AnyLogin {
  const secret = resolved(principal.secretReference, principal.line);
  switch (principal.kind) {
    case 'password':
      return { mechanism: principal.mechanism, username: principal.username, password: secret };
    case 'token': {
      const { endpoint, clientId, scope, extensions } = principal;
      const client = { endpoint, clientId, clientSecret: secret, scope, extensions };
      return tokenLogin(client, { clock, post, authorities });
    }
  }
}
