/**
 * Which rights the link's principal lacks for the syncs that are switched on, asked before a link is made: a setup that would
 * not work says so at once, and what to grant. Only rights that a refusal proves missing: a list that lacks a group tells
 * nothing. Changes nothing at the source.
 */
import { findAcls } from '../../client/admin/acls.js';
import { committedOffsets } from '../../client/admin/group-offsets.js';
import { type KafkaCluster, KafkaError } from '../../client/types.js';
import { isUnauthorized } from '../outcome.js';

export interface SourceNeeds {
  /** ACLs are to be read. */
  readonly acls: boolean;
  /** Groups that are chosen by name. */
  readonly groups: readonly string[];
}

/** Nothing at all is asked of a topic of this name. */
const NO_TOPIC = '_klink.rights';

/** One sentence for each right that is missing. `principal`: as the source's ACLs name it. */
export async function lackingRights(
  cluster: KafkaCluster,
  needs: SourceNeeds,
  principal: string,
  patience: { readonly timeoutMs: number },
): Promise<readonly string[]> {
  const grant = (flags: string) => `klink acl create --allow --principal ${principal} ${flags} at the source`;
  const lacks = async (question: Promise<unknown>, sentence: string) => {
    try {
      await question;
      return [];
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      // A source without authorizer, say: that is no right, and the task says it.
      return isUnauthorized(error.code) ? [sentence] : [];
    }
  };
  const acls = needs.acls
    ? lacks(
        findAcls(cluster, { resourceType: 'TOPIC', resourceName: NO_TOPIC, pattern: 'LITERAL' }, patience),
        `${principal} lacks DESCRIBE on the CLUSTER, which ACL sync needs (${grant('--operations describe --cluster-scope')})`,
      )
    : Promise.resolve([]);
  const groups = needs.groups.map((group) =>
    lacks(
      committedOffsets(cluster, [group], { ...patience, stable: false }),
      `${principal} lacks DESCRIBE on GROUP ${group}, which syncing its offsets needs (${grant(`--operations describe --consumer-group ${group}`)})`,
    ),
  );
  return (await Promise.all([acls, ...groups])).flat();
}
