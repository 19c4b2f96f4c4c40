/** SaslHandshake and SaslAuthenticate: the wire side of `security/session.ts`. */
import type { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../protocol/api/sasl-authenticate.js';
import type { SaslHandshakeRequest, SaslHandshakeResponse } from '../../protocol/api/sasl-handshake.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';

/** From here on the messages come as SaslAuthenticate. */
const WITH_HEADERS = 1;
/** From here on a client is told when its session ends, and logs in again in time (KIP-368). */
const KNOWS_SESSIONS = 1;

export const answerSaslHandshake: Handler<SaslHandshakeRequest, SaslHandshakeResponse> = (_, request, context) => {
  if (context.isIllegal) return { errorCode: errorCode.ILLEGAL_SASL_STATE };
  const { session } = context;
  const begun = session.begin(request.mechanism, context.version >= WITH_HEADERS);
  return {
    errorCode: begun ? errorCode.NONE : errorCode.UNSUPPORTED_SASL_MECHANISM,
    mechanisms: [...session.mechanisms],
  };
};

export const answerSaslAuthenticate: Handler<SaslAuthenticateRequest, SaslAuthenticateResponse> = (
  _,
  request,
  context,
) => {
  const none = { authBytes: Buffer.alloc(0) };
  if (context.isIllegal) {
    const errorMessage = 'SaslAuthenticate request received after successful authentication';
    return { ...none, errorCode: errorCode.ILLEGAL_SASL_STATE, errorMessage };
  }
  const outcome = context.session.authenticate(request.authBytes, context.version >= KNOWS_SESSIONS);
  if (outcome.kind === 'failed') {
    return { ...none, errorCode: errorCode.SASL_AUTHENTICATION_FAILED, errorMessage: outcome.message };
  }
  return { errorCode: errorCode.NONE, authBytes: outcome.bytes, sessionLifetimeMs: BigInt(outcome.sessionMs) };
};
