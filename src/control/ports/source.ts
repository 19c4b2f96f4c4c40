/** What control needs of a link's source cluster, asked as the link's principal. Reads only. */
import type { LinkError } from '../../model/link.js';
import type { SourceSecurity, SourceTimeouts } from '../../model/link-security.js';
import type { TopicSettings } from '../../model/mirror.js';
import type { AclsRefused, AclsShown } from './acls.js';
import type { GroupOffset } from './groups.js';
import type { JournalRecord } from './journal.js';
import type { Absent, Refused, Unavailable } from './outcome.js';

export interface SourceAddress {
  readonly linkId: string;
  readonly linkName: string;
  /** `host:port,…` */
  readonly bootstrapServers: string;
  readonly security: SourceSecurity;
  readonly timeouts?: SourceTimeouts;
  /** Undefined: not known yet. */
  readonly sourceClusterId?: string | undefined;
}

export interface SourceTopic {
  readonly kind: 'found';
  readonly topicId: string;
  /** In partition order. `end`: last stable offset. */
  readonly partitions: readonly { readonly logStart: bigint; readonly end: bigint }[];
  /** What the topic has set itself; what it inherits from its broker counts too where that changes the meaning. */
  readonly settings: TopicSettings;
}

/** The source said no: wrong password, missing right. `AUTHORIZATION_ERROR`: it knows us, and a right is missing. */
export interface SourceRefused extends Refused {
  readonly error: LinkError | 'AUTHORIZATION_ERROR';
}

export interface SourceNeeds {
  /** ACLs are to be read. */
  readonly acls: boolean;
  /** Groups that are chosen by name. */
  readonly groups: readonly string[];
}

export interface SourceChecked {
  readonly kind: 'done';
  readonly clusterId: string;
  /** How klink connects, where that is not what the link says: sentences for the operator. */
  readonly notes: readonly string[];
}

export interface SourcePort {
  /** One short question to the cluster as link principal. */
  check(address: SourceAddress): Promise<SourceChecked | SourceRefused | Unavailable>;
  /** Every topic that the link principal can see. */
  topics(address: SourceAddress): Promise<
    | {
        readonly kind: 'done';
        readonly topics: readonly { readonly name: string; readonly isInternal: boolean }[];
      }
    | SourceRefused
    | Unavailable
  >;
  /**
   * What the klink that serves the source cluster as a *destination* has decided there: the newest record of every key of
   * its `_klink.state`. Undefined: the link principal sees no such topic. Read only.
   */
  journal(
    address: SourceAddress,
  ): Promise<
    { readonly kind: 'done'; readonly entries: readonly JournalRecord[] | undefined } | SourceRefused | Unavailable
  >;
  describe(address: SourceAddress, topic: string): Promise<SourceTopic | Absent | SourceRefused | Unavailable>;
  /** What the link's principal lacks for this, a sentence each; only what a refusal proves. */
  lacks(
    address: SourceAddress,
    needs: SourceNeeds,
  ): Promise<{ readonly kind: 'done'; readonly missing: readonly string[] } | SourceRefused | Unavailable>;
  acls(address: SourceAddress): Promise<AclsShown | AclsRefused | Unavailable>;
  /** Committed offsets of every group that `selects` chooses, for these topics only. Groups without any are left out. */
  groupOffsets(
    address: SourceAddress,
    selects: (group: string) => boolean,
    topics: readonly string[],
  ): Promise<
    | {
        readonly kind: 'done';
        readonly groups: readonly { readonly group: string; readonly offsets: readonly GroupOffset[] }[];
      }
    | SourceRefused
    | Unavailable
  >;
}
