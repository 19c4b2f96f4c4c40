/** An application of Kafka Streams as a process: run from its source, with the jars of that version. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kafkaHome } from '../../harness/kafka-home.js';
import { JavaProcess } from '../../harness/kafka-process.js';
import { packageRoot } from '../../harness/package-root.js';

/** What is used here of a tool that has to run before anything is compiled. */
interface FetchKafka {
  fetchStreams(version: string): Promise<string>;
}

export interface Counting {
  readonly bootstrap: string;
  readonly from: string;
  readonly to: string;
  /** For its state and its log. */
  readonly directory: string;
}

export async function startCounting(version: string, at: Counting): Promise<JavaProcess> {
  const { libs, flags } = await kafkaHome(version);
  const fetchKafka = pathToFileURL(join(packageRoot, 'tools', 'fetch-kafka.mjs')).href;
  const streams = await ((await import(fetchKafka)) as FetchKafka).fetchStreams(version);
  mkdirSync(at.directory, { recursive: true });
  const source = join(packageRoot, 'test', 'clients', 'streams', 'Counting.java');
  const app = new JavaProcess({
    what: 'the application',
    classpath: `${join(libs, '*')}:${join(streams, 'libs', '*')}`,
    flags: [...flags, '-Xmx512m'],
    main: [source, at.bootstrap, at.from, at.to, join(at.directory, 'state')],
    directory: at.directory,
    litter: at.directory,
  });
  app.start();
  return app;
}
