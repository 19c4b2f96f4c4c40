/**
 * What the conformance suite is written with: `behaviour` in place of a bare test. The same suite is registered with
 * node:test (`running`), or listed without being run (`Listing`), which is what docs/spec/conformance.md is written from. A
 * behaviour cannot be left out on one kind of broker: nothing here says which kind it is before it runs.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DifferenceName, isOtherwise, type Kind } from './conformance-differences.js';

type Run = () => Promise<void>;
/** Whether the broker under test is one of those that the difference names. */
type RunKnowing<D extends DifferenceName> = (otherwise: (name: D) => boolean) => Promise<void>;

export interface Suite {
  describe(about: string, register: () => void): void;
  before(run: Run): void;
  behaviour(fact: string, run: Run): void;
  behaviour<const D extends DifferenceName>(fact: string, known: readonly D[], run: RunKnowing<D>): void;
}

/** Registers each behaviour with node:test. */
export function running(kind: Kind): Suite {
  function behaviour<const D extends DifferenceName>(fact: string, ...rest: [Run] | [readonly D[], RunKnowing<D>]) {
    if (rest.length === 1) {
      test(fact, rest[0]);
      return;
    }
    const [known, run] = rest;
    test(fact, async () => {
      const asked = new Set<DifferenceName>();
      await run((name) => {
        asked.add(name);
        return isOtherwise(kind, name);
      });
      assert.deepEqual([...asked].sort(), [...known].sort(), 'each declared difference is looked at');
    });
  }
  return {
    describe: (about, register) => void describe(about, register),
    before: (run) => before(run),
    behaviour,
  };
}

export interface Listed {
  /** The names of what it stands in, then its own, without the rules in brackets. */
  readonly path: readonly string[];
  /** What the brackets name: rules of the specification, experiments. */
  readonly rules: readonly string[];
  readonly known: readonly DifferenceName[];
}

/** Collects the names and runs nothing. */
export class Listing implements Suite {
  readonly behaviours: Listed[] = [];
  readonly #within: string[] = [];

  describe(about: string, register: () => void): void {
    this.#within.push(about);
    register();
    this.#within.pop();
  }

  before(): void {}

  behaviour(fact: string, ...rest: readonly unknown[]): void {
    const known = rest.length === 2 ? (rest[0] as readonly DifferenceName[]) : [];
    const parts = [...this.#within, fact].map(withoutRules);
    this.behaviours.push({
      path: parts.map(({ text }) => text),
      rules: [...new Set(parts.flatMap(({ rules }) => rules))],
      known,
    });
  }
}

function withoutRules(name: string): { readonly text: string; readonly rules: readonly string[] } {
  const [, text = name, rules = ''] = /^(.*?)(?: \[([^\]]+)\])?$/.exec(name) ?? [];
  return { text, rules: rules.split(', ').filter((rule) => rule !== '') };
}
