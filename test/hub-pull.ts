/** For tests of processes: fetches a model from the hub of the environment, saying what happens a line of JSON each. */
import { NNModelDescription } from "../src/zoo/description.ts";
import { getModelFromZoo } from "../src/zoo/hub/get-model.node.ts";

const [slug = "", platform = ""] = process.argv.slice(2);
const say = (event: object) => console.log(JSON.stringify(event));
const path = await getModelFromZoo(new NNModelDescription(slug, platform), {
  onProgress: (received) => say({ phase: "download", received }),
  onWait: () => say({ phase: "wait" }),
});
say({ path });
