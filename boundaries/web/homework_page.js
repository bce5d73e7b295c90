// The page of a homework on the class server.
import { openHomework } from "./homework.js";
import { remote } from "./remote.js";

const { code, root } = document.body.dataset;
openHomework(`boundaries/${code}`, remote(root, code));
