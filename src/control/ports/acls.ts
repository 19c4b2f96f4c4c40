/** [§9] What control needs of the ACLs of a cluster, apart from fences. */
import type { Acl, AclSyncError } from '../../model/acl.js';
import type { Done, Refused, Unavailable } from './outcome.js';

/** ACLs cannot be read or changed until somebody changes something. */
export interface AclsRefused extends Refused {
  readonly error: AclSyncError;
}

/** What a cluster shows, apart from what fences are made of. Grants that a fence holds back count as given. */
export interface AclsShown {
  readonly kind: 'done';
  readonly acls: readonly Acl[];
  /** Lines of fences, by whichever klink: neither copied nor deleted (6.3). */
  readonly ofFences: readonly Acl[];
}

/** The owner's own requests: the lease is asked right before each (decision 7). Both may be repeated. */
export interface AclsPort {
  read(): Promise<AclsShown | AclsRefused | Unavailable>;
  create(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
  remove(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
}
