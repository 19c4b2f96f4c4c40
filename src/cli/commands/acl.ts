/** `klink acl create`, `list` and `delete`: the ACLs of a cluster, as Kafka has them. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { printList } from '../output/print.js';
import { confirmed } from '../prompt.js';
import { openSession, type Session } from '../session.js';
import { type AclFlags, aclColumns, anyAcls, exactAcls, withAccess } from './acl-flags.js';

type Flags = AclFlags & CommonFlags;

export function aclCreate(io: Io): Command {
  const command = withAccess(
    withOutput(withCluster(commandOn('create', 'Create ACLs, one for each operation.'))),
  ).action(async (flags: Flags) => {
    const { operations, ...meant } = exactAcls(io, flags);
    const acls = operations.map((operation) => ({ ...meant, operation }));
    const session = openSession(flags, io);
    const cluster = await session.cluster();
    const nobody = await unknownAccount(session, meant.principal);
    await session.api.createAcls(cluster.cluster_id, acls);
    await printList(
      io,
      flags.output,
      aclColumns,
      acls.map((acl) => ({ ...acl, cluster_id: cluster.cluster_id })),
    );
    if (nobody !== undefined) {
      io.err(
        `Note: there is no service account "${nobody}": nobody has what was set. See \`klink iam service-account list\`, or create one with \`klink iam service-account create <name> --description <text>\` and name its id.\n`,
      );
    }
  });
  return examples(
    command,
    'klink acl create --allow --principal User:app --operations read,describe --topic orders',
    'klink acl create --allow --principal User:app --operations read --consumer-group app- --prefix',
  );
}

/** The id, where the principal is a service account that is not there. Kafka takes an ACL for any name. */
async function unknownAccount({ api }: Session, principal: string): Promise<string | undefined> {
  const id = /^User:(sa-[a-z0-9]+)$/.exec(principal)?.[1];
  if (id === undefined) return undefined;
  try {
    await api.serviceAccount(id);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    // Who may not see accounts, or asks while nobody owns them, sets ACLs all the same.
    return error.status === 404 ? id : undefined;
  }
}

export function aclList(io: Io): Command {
  const command = withAccess(withOutput(withCluster(commandOn('list', 'List ACLs: all that match what is said.'))))
    .option('--all', 'all of them, which is what no other flag means as well')
    .action(async (flags: Flags) => {
      const filter = anyAcls(io, flags);
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await session.api.acls(cluster.cluster_id, filter);
      await printList(io, flags.output, aclColumns, data);
      const held = data.filter((acl) => acl.held_back);
      if (held.length > 0) {
        const what = held.map(({ operation, resource_name }) => `${operation} on ${resource_name}`).join(', ');
        io.err(`Held back by the fence of a mirror topic, and granted when that is promoted: ${what}.\n`);
      }
    });
  return examples(command, 'klink acl list --cluster dr', 'klink acl list --topic orders --principal User:app -o json');
}

export function aclDelete(io: Io): Command {
  const command = withAccess(withCluster(commandOn('delete', 'Delete ACLs, one for each operation.')))
    .option('--force', 'do not ask')
    .action(async (flags: Flags & { readonly force?: boolean }) => {
      const { operations, ...meant } = exactAcls(io, flags);
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const question = 'Are you sure you want to delete the ACL(s) corresponding to these parameters?';
      if (!flags.force && !(await confirmed(io, question))) return;
      let deleted = 0;
      let kept = 0;
      for (const operation of operations) {
        const answer = await session.api.deleteAcls(cluster.cluster_id, { ...meant, operation });
        deleted += answer.data.length;
        kept += answer.kept_of_fence.length;
      }
      await io.out(`Deleted ${deleted} ${deleted === 1 ? 'ACL' : 'ACLs'}.\n`);
      if (kept > 0) {
        io.err(
          `${kept} matching ${kept === 1 ? 'ACL is' : 'ACLs are'} klink's fence of a mirror topic and stay until it is promoted or failed over.\n`,
        );
      }
    });
  return examples(command, 'klink acl delete --allow --principal User:app --operations read,describe --topic orders');
}
