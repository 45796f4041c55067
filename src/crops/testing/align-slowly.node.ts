import { alignFolder } from "../align-folder.node.ts";
import { facesByHeight } from "./faces-by-height.node.ts";

// A process for tests: aligns SOURCE into DESTINATION, saying each picture that is done.
const [source, destination] = process.argv.slice(2);
await alignFolder(facesByHeight("by-height", 5), source!, destination!, {
  onProgress: ({ done }) => void process.stdout.write(`${done}\n`),
});
