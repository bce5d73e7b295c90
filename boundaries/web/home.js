// The page where a join code is typed: makes the address of it. The server says whether there is such a lecture.
const field = document.getElementById("code"), status = document.getElementById("said");
const NO_CODE = "A code has eight signs, such as K7QF-2MWD. Compare it with the screen.";

function open(event) {
  event.preventDefault();
  const signs = field.value.replace(/[\s\u2010-\u2015-]/g, "").toUpperCase();
  if (/^[0-9A-Z]{8}$/.test(signs)) {
    location.assign(`${document.body.dataset.root}${signs.slice(0, 4)}-${signs.slice(4)}${event.target.dataset.then}`);
    return;
  }
  status.textContent = ""; // or the same sentence would not be read aloud a second time
  requestAnimationFrame(() => { status.textContent = NO_CODE; });
  field.focus();
}

document.getElementById("join").addEventListener("submit", open);
field.focus();
document.documentElement.dataset.ready = "yes";
