import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { staticSettings } from './static-settings.js';

const settings = (given: Record<string, string>) => Object.fromEntries(staticSettings(given));

describe('settings that a broker is started with', () => {
  test('hours and minutes count as milliseconds, the smaller unit first [broker 6]', () => {
    assert.deepEqual(settings({ 'log.retention.hours': '2', 'log.roll.hours': '1' }), {
      'log.retention.ms': '7200000',
      'log.roll.ms': '3600000',
    });
    assert.deepEqual(settings({ 'log.retention.hours': '2', 'log.retention.minutes': '5' }), {
      'log.retention.ms': '300000',
    });
    assert.deepEqual(settings({ 'log.retention.minutes': '5', 'log.retention.ms': '7' }), { 'log.retention.ms': '7' });
  });

  test('no end of retention is none in every unit [broker 6]', () => {
    assert.deepEqual(settings({ 'log.retention.hours': '-1' }), { 'log.retention.ms': '-1' });
  });

  test('a value that is none is refused in the words of its own name [broker 6]', () => {
    assert.throws(
      () => settings({ 'log.roll.hours': '0' }),
      /Invalid value 0 for configuration log\.roll\.hours: Value must/,
    );
    assert.throws(
      () => settings({ 'log.retention.hours': 'a week' }),
      /log\.retention\.hours: Not a number of type INT/,
    );
    assert.throws(() => settings({ 'log.segment.bytes': 'small' }), /log\.segment\.bytes: Not a number of type INT/);
    assert.throws(() => settings({ 'log.segment.bytes': '0' }), /log\.segment\.bytes: Value must be at least 1/);
    assert.deepEqual(settings({ 'log.segment.bytes': '1200' }), { 'log.segment.bytes': '1200' });
  });

  test('a name that is not known is refused with the nearest that is [broker 6]', () => {
    assert.throws(
      () => settings({ 'log.retention.hour': '1' }),
      /no setting log\.retention\.hour,.*log\.retention\.hours/,
    );
    assert.throws(
      () => settings({ zzz: '1' }),
      /^Error: This broker has no setting zzz, so it would have no effect: leave it out\. D/,
    );
  });
});
