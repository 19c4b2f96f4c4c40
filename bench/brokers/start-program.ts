/** One start of a broker in a process of its own, for `starts.ts`: what its import and the start itself took, as JSON. */
const [directory] = process.argv.slice(2);
const beganMs = performance.now();
const { startBroker } = await import('../../src/embedded.js');
const importedMs = performance.now();
const broker = await startBroker({ directory });
const startedMs = performance.now();
const { user, system } = process.cpuUsage();
const told = { importMs: importedMs - beganMs, startMs: startedMs - importedMs, cpuMs: (user + system) / 1000 };
await broker.stop();
process.stdout.write(JSON.stringify(told));
