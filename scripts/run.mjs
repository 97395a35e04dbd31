// @ts-check
// Runs start, test, demo, bench, siege, conformance and check from a fresh clone. Plain JavaScript without dependencies, because it is
// what installs them. Nothing is imported before the version check, so that an old Node.js gets a sentence instead
// of a syntax error.

const needed = /** @type {const} */ ([20, 19]);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`Credence needs Node.js ${needed.join('.')} or later; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  const { runCommand } = await import('./commands.mjs');
  await runCommand(process.argv[2], process.argv.slice(3));
}
