import { configReference } from './config-reference.ts';
import { writeOrVerify } from './generated-file.ts';

/** `npm run docs:configuration`: writes docs/configuration.md; with `--verify`, fails when it is stale. */
await writeOrVerify({
  file: new URL('../../../docs/configuration.md', import.meta.url),
  text: configReference(),
  command: 'npm run docs:configuration',
});
