export { PART, writeWhole } from "../bytes/write-whole.node.ts";
