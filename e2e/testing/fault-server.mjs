// The real server, which kills itself with -9 when a step of the hot path is reached for the n-th time.
// Arguments: the step, and n. Plain JavaScript, because it is run as it is.
import { readConfig } from '../../packages/server/dist/config.js';
import { greeting } from '../../packages/server/dist/greeting.js';
import { createLog } from '../../packages/server/dist/observe/log.js';
import { startServer } from '../../packages/server/dist/server.js';

const [fatal, times] = process.argv.slice(2);
let left = Number(times);

const faults = {
  reach(point) {
    if (point !== fatal || --left > 0) return;
    process.stdout.write(`died at ${point}\n`);
    process.kill(process.pid, 'SIGKILL');
    // The signal is there when kill returns; nothing of the next step may run, should it not be.
    for (;;);
  },
};

const config = readConfig(process.env);
const server = await startServer(config, { log: createLog(config.logLevel), faults });
process.stdout.write(greeting(config, server));
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
