/** `auto.create.mirror.topics.filters`: which topics of the source get a mirror by themselves. */
import type { Result } from '../base/result.js';
import { type NameFilters, namesLiterally, noFilters, parseNameFilters, selectsName } from './name-filters.js';

export type TopicFilters = NameFilters;

export const noTopics: TopicFilters = noFilters;

/** The empty text is the default: no topic. */
export function parseTopicFilters(text: string): Result<TopicFilters, string> {
  return parseNameFilters(text, { field: 'topicFilters', what: 'topic' });
}

export function selectsTopic(filters: TopicFilters, sourceTopic: string): boolean {
  return selectsName(filters, sourceTopic);
}

/** By its own name, not by a pattern that happens to fit. */
export function selectsTopicByName(filters: TopicFilters, sourceTopic: string): boolean {
  return namesLiterally(filters, sourceTopic);
}
