/**
 * All that control needs of the world, one responsibility per port; each stands in a file of its own in `ports/`.
 * Effects are idempotent: control repeats them after every crash.
 */
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import type { AclsPort } from './ports/acls.js';
import type { CredentialsPort } from './ports/credentials.js';
import type { EnginePort } from './ports/engine.js';
import type { FencePort } from './ports/fence.js';
import type { GroupsPort } from './ports/groups.js';
import type { JournalPort } from './ports/journal.js';
import type { OwnershipPort } from './ports/ownership.js';
import type { PromotionPort } from './ports/promotion.js';
import type { SecretsPort } from './ports/secrets.js';
import type { SourcePort } from './ports/source.js';
import type { TopicsPort } from './ports/topics.js';

export interface DestinationPort {
  readonly acls: AclsPort;
  readonly fence: FencePort;
  readonly topics: TopicsPort;
  readonly promotion: PromotionPort;
  readonly groups: GroupsPort;
}

export interface ControlPorts {
  readonly ownership: OwnershipPort;
  readonly journal: JournalPort;
  readonly engine: EnginePort;
  readonly destination: DestinationPort;
  readonly source: SourcePort;
  readonly secrets: SecretsPort;
  readonly credentials: CredentialsPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
