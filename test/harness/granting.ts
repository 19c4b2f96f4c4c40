/** A right of the table as the ACL that grants it. */
import { type AclBinding, aclText, addAcls, findAcls } from '../../src/client/admin/acls.js';
import type { KafkaCluster } from '../../src/client/types.js';
import type { Right } from '../../src/model/rights.js';
import { until } from './until.js';

export function grantOf({ resource, operation, name, prefixed }: Right, principal = 'User:link'): AclBinding {
  return {
    resourceType: resource,
    resourceName: name,
    pattern: prefixed ? 'PREFIXED' : 'LITERAL',
    principal,
    host: '*',
    operation,
    permission: 'ALLOW',
  };
}

/** Grants them, and waits until that is shown. */
export async function give(admin: KafkaCluster, rights: readonly Right[], principal = 'User:link'): Promise<void> {
  const bindings = rights.map((right) => grantOf(right, principal));
  await addAcls(admin, bindings);
  await until('they are known', 20_000, async () => {
    const known = await findAcls(admin, { principal });
    return bindings.every((each) => known.some((acl) => aclText(acl) === aclText(each)));
  });
}
