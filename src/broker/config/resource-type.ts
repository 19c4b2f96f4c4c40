/** Numbers of the resources that have settings. */
export const resourceType = { topic: 2, broker: 4, group: 32 } as const;

/** Types that Kafka has besides, without any settings here: the levels of a broker's logging, and client metrics. */
export const resourceTypeWithoutAny = { brokerLogger: 8, clientMetrics: 16 } as const;
