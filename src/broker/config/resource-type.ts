/** Numbers of the resources that have settings. */
export const resourceType = { topic: 2, broker: 4, group: 32 } as const;
