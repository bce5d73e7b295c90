// What Python reckons by hash, reckoned here too: a participant, their levels and their order (answers/judgments.py).
// A test compares the two over ten thousand participants. Browsers have SHA-256 of their own, but not on every page:
// a file that a learning platform serves without HTTPS has none.

const ROUNDS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const BLOCK = 64; // bytes

const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** The bytes with a one bit after them, zeros, and their length in bits, up to whole blocks. */
function padded(bytes) {
  const whole = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  whole.set(bytes);
  whole[bytes.length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(whole.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(whole.length - 4, bytes.length << 3);
  return view;
}

/** The sixteen words of a block, and the forty-eight that follow from them. */
function schedule(view, start) {
  const words = new Int32Array(64);
  for (let at = 0; at < 16; at += 1) words[at] = view.getInt32(start + 4 * at);
  for (let at = 16; at < 64; at += 1) {
    const early = words[at - 15], late = words[at - 2];
    const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[at] = (((words[at - 16] + first) | 0) + ((words[at - 7] + second) | 0)) | 0;
  }
  return words;
}

/** SHA-256 of bytes, as 32 bytes (FIPS 180-4). */
export function sha256(bytes) {
  const view = padded(bytes), sum = new Int32Array(START);
  for (let start = 0; start < view.byteLength; start += BLOCK) {
    const words = schedule(view, start);
    let a = sum[0], b = sum[1], c = sum[2], d = sum[3], e = sum[4], f = sum[5], g = sum[6], h = sum[7];
    for (let at = 0; at < 64; at += 1) {
      const right = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + right + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
      const left = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (left + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      // One by one: as a list, this line alone would take ten times as long as all the rest.
      h = g; g = f; f = e; e = (d + one) | 0;
      d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => { sum[at] += word; });
  }
  const digest = new DataView(new ArrayBuffer(32));
  sum.forEach((word, at) => digest.setInt32(4 * at, word));
  return new Uint8Array(digest.buffer);
}

/** SHA-256 of a text in UTF-8, as bytes. */
export const hashOf = (text) => sha256(new TextEncoder().encode(text));

export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The participant that a token stands for in one session. */
export const participantOf = (session, token) => hex(hashOf(`${session}|${token}`));

/** Which of an item's levels a participant gets: its place in `levels`. */
export function levelOf(participant, item, levels) {
  const digest = hashOf(`${participant}|${item}`);
  return new DataView(digest.buffer).getUint32(0) % levels.length;
}

/** Whether somebody sees a type's pair of cases first, in a class that is split. */
export const isInFirstHalf = (participant, type) => hashOf(`${participant}|pair|${type}`)[0] % 2 === 0;

/** Cases in the order in which this participant judges them. */
export function inOwnOrder(participant, cases) {
  const placed = cases.map((each) => ({ each, place: hex(hashOf(`${participant}|order|${each.item}`)) }));
  placed.sort((one, other) => (one.place < other.place ? -1 : 1));
  return placed.map(({ each }) => each);
}
