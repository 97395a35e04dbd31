let turn = 0;
let isCounting = false;

/**
 * A number that is the same twice only within one turn of the event loop: what the network brought in between has
 * not been looked at yet. Costs nothing while nobody asks.
 */
export function loopTurn(): number {
  if (!isCounting) {
    isCounting = true;
    setImmediate(nextTurn);
  }
  return turn;
}

function nextTurn(): void {
  isCounting = false;
  turn++;
}
