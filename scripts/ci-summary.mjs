// @ts-check
// node scripts/ci-summary.mjs <vitest JSON report> <exit code of the checks> <exit code of the tests>
// Closes a CI run with one plain line, `N passed, N failed`, and exits non-zero when anything failed.

import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{ status: string, name: string, message?: string, assertionResults: { status: string }[] }} TestFile
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: TestFile[] }} Report
 */

const [reportFile = '', checkExitCode = '1', testExitCode = '1'] = process.argv.slice(2);
const report = readReport(reportFile);

const passed = report?.numPassedTests ?? 0;
const skipped = report?.numPendingTests ?? 0;
let failed = report === undefined ? 0 : report.numFailedTests + filesWithoutResults(report).length;

if (checkExitCode !== '0') {
  failed += 1;
  console.log('The checks failed: counted as one.');
}
if (failedUnseen(report)) {
  failed += 1;
  console.log(
    `The test run ended with exit code ${testExitCode} beyond the failures it reported: counted as one.`,
  );
}
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} file
 * @returns {Report | undefined}
 */
function readReport(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A file that cannot be loaded, or whose set-up fails, has no failed test: it counts as one.
 *
 * @param {Report} tests
 */
function filesWithoutResults(tests) {
  return tests.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
}

/**
 * No report, an error outside of any test, a time limit, or a build with errors.
 *
 * @param {Report | undefined} tests
 */
function failedUnseen(tests) {
  if (tests === undefined) return true;
  return testExitCode !== '0' && tests.numFailedTests + filesWithoutResults(tests).length === 0;
}
