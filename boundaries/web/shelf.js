// What this browser keeps for a page that has no server: small texts by name, in a database of the page's own
// (IndexedDB). A text counts as kept when the browser says that it is on the disk, so that a receipt outlives a crash;
// what it did not keep stays with this page. One transaction looks and writes, so that two tabs never undo one another.

const TEXTS = "texts";
const EMPTIED = "emptied"; // lies there since somebody removed everything, and says when that was done anew
const ROOM = 100_000; // characters, more than a whole lesson needs

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function connected(name) {
  const opening = indexedDB.open(name); // throws where a page may keep nothing at all
  opening.onupgradeneeded = () => opening.result.createObjectStore(TEXTS);
  const database = await done(opening);
  database.onversionchange = () => database.close(); // somebody removes it: do not stand in the way
  return database;
}

/**
 * Opens what was kept under `name`. `texts` is what this page knows, by name: read anew by `refresh()`, which is true
 * unless the browser has lost what it had kept. `put(name, text)` gives what is there from then on as { kept, text }:
 * with `once` an earlier text stays. `keeps()` says whether it will keep what is to come: "yes", "full" or "no".
 */
export async function openShelf(name) {
  const texts = new Map();
  let database = null;

  /** Does something in one transaction; null where the browser does not keep it. */
  async function inOne(mode, use) {
    for (const attempt of [1, 2]) { // a connection may have been closed: then a second one
      try {
        if (!database || attempt === 2) database = await connected(name);
        const transaction = database.transaction(TEXTS, mode, { durability: "strict" });
        const whole = new Promise((resolve, reject) => {
          transaction.oncomplete = resolve;
          transaction.onabort = () => reject(transaction.error);
        });
        whole.catch(() => null); // it is awaited below, unless `use` fails first
        const result = await use(transaction.objectStore(TEXTS));
        await whole;
        return { result };
      } catch { /* once more, then it is said */ }
    }
    return null;
  }
  const write = (key, text, once) => inOne("readwrite", async (store) => {
    const before = once ? await done(store.get(key)) : undefined;
    if (before === undefined) store.put(text, key);
    return before ?? text;
  });
  const remove = (key) => inOne("readwrite", (store) => { store.delete(key); });

  async function refresh() {
    const read = await inOne("readonly", async (store) => [await done(store.getAllKeys()), await done(store.getAll())]);
    if (!read) return true;
    const [keys, values] = read.result;
    const isWhole = keys.length > 0 || texts.size === 0;
    const emptied = values[keys.indexOf(EMPTIED)];
    if (emptied !== texts.get(EMPTIED)) texts.clear(); // in another tab: what was removed must not come back from here
    keys.forEach((key, at) => texts.set(key, values[at]));
    return isWhole;
  }
  await refresh();
  return {
    texts,
    refresh,
    async put(key, text, { once = false } = {}) {
      const kept = await write(key, text, once);
      const there = kept ? kept.result : (once && texts.get(key)) || text;
      texts.set(key, there);
      return { kept: Boolean(kept), text: there };
    },
    /** Puts back all that this page still knows. */
    async restore() {
      for (const [key, text] of texts) await write(key, text, true);
    },
    async clear() {
      texts.clear();
      await inOne("readwrite", (store) => {
        store.clear();
        store.put(crypto.getRandomValues(new Uint32Array(2)).join(), EMPTIED);
      });
    },
    async keeps() {
      if (!await write("probe", "", false)) return "no";
      const hasRoom = await write("probe", "x".repeat(ROOM), false);
      await remove("probe");
      return hasRoom ? "yes" : "full";
    },
  };
}
