/** Published: ACLs. What is undefined in a filter matches anything. */
import { z } from 'zod';
import {
  type AclFilter,
  aclOperations,
  aclPatterns,
  aclPermissions,
  aclResources,
  type NewAcl,
} from '../client/acl-words.js';
import { inAnyCase, resource, text, word } from './common.js';

export const newAcl = z
  .strictObject({
    resource_type: z.enum(aclResources).describe('What it is about.'),
    resource_name: z.string().min(1, 'it must not be empty').describe('Name or prefix; of a cluster `kafka-cluster`.'),
    pattern_type: z.enum(aclPatterns).describe('How the name is meant.'),
    principal: z
      .string()
      .regex(/^[^:\s]+:.+$/, 'it must be like "User:name"')
      .describe('Whom it is about: `User:name`, or `User:*`.'),
    host: z.string().min(1, 'it must not be empty').describe('From where: an address, or `*`.'),
    operation: z.enum(aclOperations).describe('What is allowed or denied.'),
    permission: z.enum(aclPermissions).describe('Whether it allows or denies.'),
  })
  .transform(
    (given): NewAcl => ({
      resourceType: given.resource_type,
      resourceName: given.resource_name,
      pattern: given.pattern_type,
      principal: given.principal,
      host: given.host,
      operation: given.operation,
      permission: given.permission,
    }),
  )
  .meta({ id: 'CreateAclRequest', description: 'An ACL to create.' });

export const aclBatch = z
  .strictObject({ data: z.array(newAcl).min(1, 'it must not be empty').describe('The ACLs.') })
  .meta({ id: 'CreateAclsBatchRequest', description: 'ACLs to create.' });

/** Any case. `ANY` reads as undefined; where it is `demanded` it must be said. */
function asked<W extends string>(words: readonly W[], demanded: boolean, description: string) {
  const said = (given: unknown) => {
    if (given === undefined || given === '') return demanded ? undefined : 'ANY';
    return inAnyCase(['ANY', ...words])(given);
  };
  const error = ({ input }: { readonly input?: unknown }) => {
    if (input === undefined) return 'it is missing: what shall be deleted must be said';
    return `it must be one of ${words.join(', ')} or ANY, not "${input}"`;
  };
  return z
    .preprocess(said, z.enum(['ANY', ...words], { error }))
    .transform((given) => words.find((each) => each === given))
    .meta({ type: 'string', enum: ['ANY', ...words], description });
}

function filter(demanded: boolean) {
  return z.object({
    resource_type: asked(aclResources, demanded, 'What they are about.'),
    resource_name: text('Name of the resource.'),
    pattern_type: asked([...aclPatterns, 'MATCH'], demanded, 'MATCH: also the prefixes and `*` that cover the name.'),
    principal: text('Whom they are about.'),
    host: text('From where.'),
    operation: asked(aclOperations, demanded, 'What they allow or deny.'),
    permission: asked(aclPermissions, demanded, 'Whether they allow or deny.'),
  });
}

export const aclQuery = filter(false);
/** The four that are no names may be `ANY`, but not left out. */
export const aclDeletion = filter(true);

export function filterOf(query: z.output<typeof aclQuery>): AclFilter {
  return {
    resourceType: query.resource_type,
    resourceName: query.resource_name,
    pattern: query.pattern_type,
    principal: query.principal,
    host: query.host,
    operation: query.operation,
    permission: query.permission,
  };
}

export const acl = resource('KafkaAcl', 'An ACL.', {
  cluster_id: z.string().describe('The cluster.'),
  resource_type: word(['UNKNOWN', 'ANY', ...aclResources]).describe('What it is about.'),
  resource_name: z.string().describe('Name or prefix.'),
  pattern_type: word(['UNKNOWN', 'ANY', 'MATCH', ...aclPatterns]).describe('How the name is meant.'),
  principal: z.string().describe('Whom it is about.'),
  host: z.string().describe('From where.'),
  operation: word(['UNKNOWN', 'ANY', ...aclOperations]).describe('What it allows or denies.'),
  permission: word(['UNKNOWN', 'ANY', ...aclPermissions]).describe('Whether it allows or denies.'),
  held_back: z
    .literal(true)
    .optional()
    .describe("klink's own: the fence of a mirror holds it back; it is granted when that is promoted."),
});

export const deletedAcls = z
  .strictObject({
    data: z.array(acl).describe('What was deleted.'),
    kept_of_fence: z.array(acl).describe("klink's own: they matched too, and stand, because a fence is made of them."),
  })
  .meta({ id: 'DeletedAcls', description: 'What became of the ACLs that matched.' });
