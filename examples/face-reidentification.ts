/**
 * DepthAI's re-identification example, its nodes in its order: find faces, cut them out, embed them, gather the
 * embeddings beside the detections, and give each face the label of the most similar one seen before.
 *
 *     npx tsx --conditions=arcface-source examples/face-reidentification.ts -media clip.mp4 \
 *         -det luxonis/scrfd-face-detection:10g-640x640 -rec luxonis/arcface:lfw-112x112
 *
 * `arcface reidentify` does it better: faces are aligned and followed, and labels wait until they are sure.
 */
import {
  Camera,
  FrameCropper,
  GatherData,
  IdentificationNode,
  type ImgDetections,
  type ImgFrame,
  type NNData,
  NNModelDescription,
  type Output,
  ParsingNeuralNetwork,
  Pipeline,
  RemoteConnection,
  ReplayVideo,
} from "arcface-ts/pipeline";

const option = (name: string, otherwise: string) =>
  process.argv[process.argv.indexOf(name) + 1 || Infinity] ?? otherwise;
const media = option("-media", "");
const fps = Number(option("-fps", "30"));

await using visualizer = new RemoteConnection({ httpPort: 0, webSocketPort: 0 });
await using pipeline = new Pipeline();
const device = pipeline.getDefaultDevice();
const platform = device.getPlatform().name;

const detDescription = new NNModelDescription(option("-det", "mediapipe/blazeface:full-range"), platform);
const recDescription = new NNModelDescription(option("-rec", "faceplugin/mobilefacenet"), platform);
const detArchive = await device.getModel(detDescription);
const recArchive = await device.getModel(recDescription);

const source = media
  ? pipeline.create(ReplayVideo).setReplayVideoFile(media).setSize(detArchive.getInputSize()!)
  : pipeline.create(Camera).build();
const detNN = await pipeline.create(ParsingNeuralNetwork).build<ImgDetections>(source, detArchive, { fps });
const crops = pipeline
  .create(FrameCropper)
  .fromImgDetections(detNN.out, { outputSize: recArchive.getInputSize()!, resizeMode: "STRETCH" })
  .build(detNN.passthrough as Output<ImgFrame>);
const recNN = await pipeline.create(ParsingNeuralNetwork).build(crops.out, recArchive);
const gathered = pipeline.create(GatherData<ImgDetections, NNData>).build(fps, recNN.out, detNN.out);
const named = pipeline.create(IdentificationNode).build(gathered.out, { csim: Number(option("-cos", "0.5")) });

visualizer.addTopic("Video", detNN.passthrough, "images");
visualizer.addTopic("Objects", named.out, "images");
visualizer.registerPipeline(pipeline);
console.log(`watch it at ${(await visualizer.ready()).url}`);

const labels = new Set<string>();
const objects = named.out.createOutputQueue(16, true);
await pipeline.start();
for await (const { detections } of objects) {
  for (const { labelName } of detections) if (!labels.has(labelName)) console.log(`new: ${labelName}`);
  for (const { labelName } of detections) labels.add(labelName);
  if ((await visualizer.waitKey(1)) === "q".charCodeAt(0)) pipeline.stop();
}
console.log(`${labels.size} labels`);
