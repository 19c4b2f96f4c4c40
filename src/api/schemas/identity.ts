/** Accounts, environments, API keys and logins, below `/klink/v1`. Only `newKey` carries a secret, once. */
import { z } from 'zod';
import { word } from './common.js';

export const environment = z
  .strictObject({
    id: z.string().describe('Its id.'),
    name: z.string().describe('Its name.'),
  })
  .meta({ id: 'KlinkEnvironment', description: 'What holds all clusters of this server; there is one.' });

export const serviceAccount = z
  .strictObject({
    id: z.string().describe('`sa-…`: the name of its keys, and of its Kafka principal.'),
    name: z.string().describe('Its name; unique.'),
    description: z.string().describe('What it is for.'),
    created_at: z.string().describe('When, as RFC 3339.'),
  })
  .meta({ id: 'KlinkServiceAccount', description: 'Somebody who can have API keys.' });

export const newServiceAccount = z
  .strictObject({
    name: z.string().describe('1 to 64 printable characters; unique.'),
    description: z.string().default('').describe('At most 256 printable characters.'),
  })
  .meta({ id: 'NewServiceAccount', description: 'A service account to be made.' });

export const described = z
  .strictObject({ description: z.string().describe('At most 256 printable characters.') })
  .meta({ id: 'NewDescription', description: 'What it is for.' });

const mechanism = word(['SCRAM-SHA-512', 'SCRAM-SHA-256']).describe('How to log in with it: which of its two slots.');
const keyFields = {
  key: z.string().describe('The user name: the id of its service account.'),
  resource: z.string().describe('The cluster where it counts.'),
  mechanism,
  owner: z.string().describe('Its service account.'),
  description: z.string().describe('What it is for.'),
  created_at: z.string().describe('When, as RFC 3339.'),
};

export const apiKey = z
  .strictObject(keyFields)
  .meta({ id: 'KlinkApiKey', description: 'A SCRAM user of one cluster, without its secret.' });

export const createdApiKey = z
  .strictObject({ ...keyFields, secret: z.string().describe('Shown this once and kept nowhere.') })
  .meta({ id: 'CreatedKlinkApiKey', description: 'An API key with its secret.' });

export const newApiKey = z
  .strictObject({
    resource: z.string().describe('Id of the cluster where it shall count.'),
    service_account: z.string().describe('Whose it shall be.'),
    description: z.string().default('').describe('At most 256 printable characters.'),
  })
  .meta({ id: 'NewApiKey', description: 'An API key to be made; the first free slot is taken.' });

export const caller = z
  .strictObject({
    kind: word(['operator', 'key']).describe('Whether it is the operator token or an API key.'),
    name: z.string().nullable().describe('Name of the key; null: the operator.'),
    cluster_id: z.string().nullable().describe('Where the key was checked; null: the operator.'),
  })
  .meta({ id: 'KlinkCaller', description: 'Who asks, as this server sees it.' });

export const login = z
  .strictObject({
    name: z.string().describe('The name that was asked for.'),
    mechanisms: z.array(z.string()).describe('What it can log in with, strongest first; none: PLAIN, if at all.'),
    bootstrap: z.string().describe('Where to connect.'),
    security_protocol: word(['SASL_PLAINTEXT', 'SASL_SSL']).describe('How to connect.'),
    authorities: z.string().nullable().describe('PEM: who signs the certificates; null: the public ones.'),
    checks_name: z.boolean().describe('Whether the certificates are made out for the names in use.'),
  })
  .meta({ id: 'KlinkLogin', description: 'How clients of a cluster log in under a name.' });
