// Text as large as its room allows, found by measuring: no rule of thumb knows how long a case is.

const SMALLEST = 2.45, LARGEST = 5.2; // of the window's height, in per cent: the size of plain text
const STEPS = 7; // halvings: to a fiftieth of a per cent

/** Gives `root` the largest text (`--fit`, in vh) with which nothing in it is cut off; whether there is one. */
export function fit(root) {
  // A part that takes the room that is left may be too small for what it holds without making `root` any longer.
  const boxes = [root, ...root.querySelectorAll(":scope > section")];
  const fits = (size) => {
    root.style.setProperty("--fit", size.toFixed(3));
    return boxes.every((box) => box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth);
  };
  let low = SMALLEST, high = LARGEST;
  if (fits(high)) return true;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return fits(low);
}
