// The page where a join code is typed: makes the address of it. The server says whether there is such a lecture.
const said = document.getElementById("said"), code = document.getElementById("code");
document.getElementById("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const signs = code.value.replace(/[\s\u2010-\u2015-]/g, "").toUpperCase();
  if (/^[0-9A-Z]{8}$/.test(signs)) { location.assign(`/${signs.slice(0, 4)}-${signs.slice(4)}`); return; }
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = "A code has eight signs, such as K7QF-2MWD. Compare it with the screen."; });
  code.focus();
});
code.focus();
document.documentElement.dataset.ready = "yes";
