/** What the command line reads is what the server promises: checked by the compiler, pair by pair. */
import { test } from 'node:test';
import type { z } from 'zod';
import type { deletedAcls } from '../schemas/acls.js';
import type { consumer, group, lag, lagSummary } from '../schemas/groups.js';
import type { managedCluster, mirrorDetail, readiness } from '../schemas/klink.js';
import type { link, newLink } from '../schemas/links.js';
import type { altered, mirror, newMirror, selection } from '../schemas/mirrors.js';
import type { alteration, linkConfig, topicConfig } from '../schemas/settings.js';
import type { newTopic, topic } from '../schemas/topics.js';
import type * as Own from './own-shapes.js';
import type * as Shapes from './shapes.js';

/** A bigint is a number on the wire. */
type Answered<S extends z.ZodType> = OnWire<z.output<S>>;
type OnWire<T> = T extends bigint
  ? number
  : T extends readonly (infer U)[]
    ? readonly OnWire<U>[]
    : T extends object
      ? { readonly [K in keyof T]: OnWire<T[K]> }
      : T;

function holds<_Promised extends Shape, Shape>(): void {}

test('every shape that the command line reads or sends is one of the schemas', () => {
  holds<Answered<typeof topic>, Shapes.TopicData>();
  holds<Answered<typeof topicConfig>, Shapes.TopicConfigData>();
  holds<Answered<typeof deletedAcls>, Shapes.DeletedAcls>();
  holds<Answered<typeof link>, Shapes.LinkData>();
  holds<Answered<typeof linkConfig>, Shapes.LinkConfigData>();
  holds<Answered<typeof mirror>, Shapes.MirrorData>();
  holds<Answered<typeof altered>, Shapes.AlterMirrorData>();
  holds<Answered<typeof group>, Shapes.GroupData>();
  holds<Answered<typeof consumer>, Shapes.ConsumerData>();
  holds<Answered<typeof lag>, Shapes.ConsumerLagData>();
  holds<Answered<typeof lagSummary>, Shapes.LagSummaryData>();
  holds<Answered<typeof managedCluster>, Own.ManagedClusterData>();
  holds<Answered<typeof mirrorDetail>, Own.MirrorDetail>();
  holds<Answered<typeof readiness>, Own.ReadyData>();
  // Sent: what the shape allows the schema takes.
  holds<Shapes.CreateTopicBody, OnWire<z.input<typeof newTopic>>>();
  holds<Shapes.CreateLinkBody, OnWire<z.input<typeof newLink>>>();
  holds<Shapes.CreateMirrorBody, OnWire<z.input<typeof newMirror>>>();
  holds<Shapes.AlterMirrorsBody, OnWire<z.input<typeof selection>>>();
  holds<Shapes.SettingAlteration, OnWire<z.input<typeof alteration>>['data'][number]>();
});
