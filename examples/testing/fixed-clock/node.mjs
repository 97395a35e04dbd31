// For tests, with `node --import`: stops the clock, so that the vectors' signatures do not grow old.
const nowMs = Number(process.env.FIXED_NOW_SECONDS) * 1000;
Date.now = () => nowMs;
