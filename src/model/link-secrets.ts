/** What is wrong with a secret that was written out, in words that hold no part of it. Refuses what could never be used. */
import { isSaslMechanism, readJaas } from '../base/sasl.js';
import { wrongInKey } from '../base/tls.js';
import { readTokenJaas } from '../base/token-endpoint.js';

/** Undefined: nothing that can be told without asking anybody. `around`: the settings that it will stand beside. */
export function wrongInSecret(name: string, secret: string, around: ReadonlyMap<string, string>): string | undefined {
  if (secret === '') return 'it is empty';
  if (secret.startsWith('${')) {
    return 'references are written ${env:NAME}, ${file:/path} or ${file:/path:key}';
  }
  switch (name) {
    case 'sasl.jaas.config': {
      const mechanism = around.get('sasl.mechanism') ?? 'PLAIN';
      if (mechanism === 'OAUTHBEARER') {
        const client = readTokenJaas(secret);
        return client.ok ? undefined : client.error;
      }
      // A mechanism that does not exist is refused as such.
      if (!isSaslMechanism(mechanism)) return undefined;
      const read = readJaas(secret, mechanism);
      return read.ok ? undefined : read.error;
    }
    case 'ssl.keystore.key':
      return wrongInKey(secret);
    default:
      return undefined;
  }
}
