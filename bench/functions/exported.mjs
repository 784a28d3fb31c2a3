// A function that goes by reference. `state` ties it to its module.
let state = 0;
export function measure(x) {
  state += x;
  return state;
}
