/**
 * One running server: state directory, operator token, sites, REST. Owns the order of start and stop: what was started
 * last ends first, and the note for local commands goes before the socket does. Spec: docs/spec/server.md §3.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from '../api/app.js';
import { removeServerNote, writeServerNote } from '../api/client/local-server.js';
import type { DemoControl } from '../api/ports.js';
import { printAddress } from '../base/addresses.js';
import type { Address } from '../base/connection.js';
import type { Result } from '../base/result.js';
import type { TlsSettings } from '../base/tls.js';
import type { ClusterSecurity, Surroundings } from '../client/types.js';
import { createSite, type Site } from '../site.js';
import { Guesses } from './callers/guesses.js';
import { type HttpListener, listenHttp } from './http.js';
import { linkSecrets } from './link-secrets.js';
import { operatorToken } from './operator-token.js';
import type { TestSwitches } from './test-switches.js';

export interface SiteConfig {
  readonly name: string;
  readonly id: string | undefined;
  readonly bootstrap: readonly Address[];
  readonly clientBootstrap: string;
  readonly home: boolean;
  readonly security: ClusterSecurity;
  /** PEM: who signs the certificates that its clients are shown, where `security.tls` does not say it. */
  readonly clientAuthorities?: string | undefined;
  /** How keys log in; undefined: as klink does, if klink does. */
  readonly callers?: CallersConfig | undefined;
}

export interface CallersConfig {
  readonly bootstrap: readonly Address[];
  /** What people's own clients connect to, with a key. */
  readonly clientBootstrap: string;
  readonly tls: TlsSettings | undefined;
}

export interface RunningServerOptions {
  readonly surroundings: Surroundings;
  readonly listen: Address;
  /** Locked by the caller. */
  readonly stateDirectory: string;
  readonly clusters: readonly SiteConfig[];
  /** The value behind `${env:NAME}` or `${file:/path}`, or why there is none. */
  readonly resolveSecret: (reference: string) => Result<string, string>;
  /** Of the credentials that stand in links; undefined: below the state directory. */
  readonly linkKeys?: string | undefined;
  readonly switches?: TestSwitches;
  readonly demo?: DemoControl;
}

export interface RunningServer {
  readonly url: string;
  readonly tokenFile: string;
  stop(): Promise<void>;
}

/** Rejects with a sentence for the operator; nothing is left running then. */
export async function startServer(options: RunningServerOptions): Promise<RunningServer> {
  const { surroundings, stateDirectory, resolveSecret, switches = {} } = options;
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  let url = `http://${printAddress(options.listen)}`;
  const sites: Site[] = [];
  let listener: HttpListener | undefined;
  const stop = async () => {
    removeServerNote(stateDirectory);
    await listener?.close();
    // Sites are independent of each other; one that fails to end must not keep the rest.
    const ends = await Promise.allSettled(sites.map((site) => site.stop()));
    for (const end of ends) {
      if (end.status === 'rejected') surroundings.log.error({ error: end.reason }, 'a site did not stop in good order');
    }
  };
  const guesses = new Guesses(surroundings.clock);
  const peer = (clusterId: string) => sites.find(({ managed }) => managed.id() === clusterId)?.cluster;
  try {
    const keyFile = options.linkKeys ?? join(stateDirectory, 'link-keys');
    const secrets = linkSecrets({ keyFile, random: surroundings.random, resolveReference: resolveSecret });
    const { token, file } = operatorToken(stateDirectory, surroundings.random);
    sites.push(
      ...options.clusters.map((config) =>
        createSite({
          config,
          surroundings,
          url: () => url,
          secrets,
          switches,
          managed: () => sites.map((site) => site.asSource),
          peer,
          guesses,
        }),
      ),
    );
    const app = createApp({
      clusters: sites.map((site) => site.managed),
      url: () => url,
      operatorToken: token,
      nowMs: () => surroundings.clock.nowMs(),
      demo: options.demo,
      log: surroundings.log,
    });
    listener = await listenHttp(app, options.listen, surroundings.clock);
    url = `http://${printAddress(listener.address)}`;
    for (const site of sites) site.start();
    writeServerNote(stateDirectory, { url, pid: process.pid, tokenFile: file });
    return { url, tokenFile: file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
