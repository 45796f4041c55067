import { enrol, identify, loadRecognizer, openGallery } from "arcface-ts/node";

await using recognizer = await loadRecognizer();
const { same, similarity } = await recognizer.verify("anna.jpg", "anna-later.jpg");
await using gallery = await openGallery("people.db", recognizer.fingerprint);
await enrol(recognizer, gallery, "Anna", "anna.jpg");
const { faces } = await identify(recognizer, gallery, "party.jpg");
console.log({ same, similarity, names: faces.map((face) => face.name ?? "unknown") });
