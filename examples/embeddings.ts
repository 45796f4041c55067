import { Camera, NNModelDescription, ParsingNeuralNetwork, Pipeline } from "arcface-ts/pipeline";

await using pipeline = new Pipeline();
const camera = pipeline.create(Camera).build(process.argv[2]); // which camera; the first where none is named
const description = new NNModelDescription("luxonis/arcface:lfw-112x112");
const nn = await pipeline.create(ParsingNeuralNetwork).build(camera, description);
const queue = nn.out.createOutputQueue();
await pipeline.start();
while (pipeline.isRunning()) {
  const embeddings = (await queue.get()).getTensor("output");
  console.log(embeddings.shape, embeddings.dtype); // [ 1, 512 ] float32
}
