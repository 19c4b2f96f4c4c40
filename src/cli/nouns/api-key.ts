/** `klink api-key` and its verbs. */
import type { Command } from 'commander';
import { group } from '../command.js';
import { apiKeyCreate, apiKeyDelete, apiKeyDescribe, apiKeyList, apiKeyUpdate } from '../commands/api-key.js';
import { apiKeyStore, apiKeyUse } from '../commands/api-key-use.js';
import type { Io } from '../io.js';

export function apiKeyNoun(io: Io): Command {
  return group('api-key', 'Manage API keys, and say which one is in use.', [
    apiKeyCreate(io),
    apiKeyList(io),
    apiKeyDescribe(io),
    apiKeyUse(io),
    apiKeyStore(io),
    apiKeyUpdate(io),
    apiKeyDelete(io),
  ]);
}
