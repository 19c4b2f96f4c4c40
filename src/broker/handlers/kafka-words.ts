/** What Kafka says in the same words at several places. */

/** To every request that makes no sense. */
export const MALFORMED =
  'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.';
export const NOT_HOSTED = 'This server does not host this topic-partition.';
