// Text as large as its room allows, found by measuring: no rule of thumb knows how long a case is.

const SMALLEST = 2.45, LARGEST = 5.2; // of the window's height, in per cent: the size of plain text
const STEPS = 7; // halvings: to a fiftieth of a per cent

/** Gives `root` the largest text (`--fit`, in vh) with which nothing in it is cut off. */
export function fit(root) {
  const fits = (size) => {
    root.style.setProperty("--fit", size.toFixed(3));
    return root.scrollHeight <= root.clientHeight && root.scrollWidth <= root.clientWidth;
  };
  let low = SMALLEST, high = LARGEST;
  if (fits(high)) return;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  fits(low);
}
