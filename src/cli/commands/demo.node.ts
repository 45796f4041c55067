import { rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { expected } from "../../errors.ts";
import { openGallery } from "../../gallery/open-gallery.node.ts";
import { drawFaces, drawMontage } from "../../host/rasterize.node.ts";
import { collage, paste } from "../../image/collage.ts";
import { createImage, type Image } from "../../image/image.ts";
import { type AlbumFace, facesOfPhoto, groupIntoPeople } from "../../recognize/album.ts";
import { chooseRule } from "../../recognize/decision.ts";
import { type CliContext, defineCommand } from "../command.ts";
import { makeFolder, writeImage } from "../draw.node.ts";
import { expandImages } from "../images.node.ts";
import { decodeOptions, loadRecognizer, nodeOptions } from "../open.node.ts";
import {
  decisionOptions,
  detectOptions,
  detectorOption,
  modelOptions,
  toDecisionOptions,
  toDetectOptions,
  toNetworks,
} from "../options.ts";

/** Photographs shown in the picture; of larger albums the first so many. */
const SHOWN = 12;
const PICTURE_WIDTH = 1400;
const LINE_HEIGHT = 420;

type Shown = { readonly face: AlbumFace; readonly name: string; readonly similarity: number | null };

export const demo = defineCommand({
  name: "demo",
  arguments: "[folder]",
  summary: "find the people of six sample photographs, or of a folder of yours, and draw who is who",
  examples: ["arcface demo", "arcface demo ~/Pictures/party --out party"],
  options: {
    out: {
      type: "string",
      short: "o",
      value: "DIR",
      describe: "where the picture and the gallery go (default arcface-demo)",
    },
    ...modelOptions,
    ...detectorOption,
    ...detectOptions,
    ...decisionOptions,
  },
  async run(paths, options, context) {
    if (paths.length > 1) throw expected("demo", "one folder, or none for the sample photographs", `${paths.length}`);
    const started = performance.now();
    const files = paths.length === 0 ? await samples(context) : await expandImages("demo", paths);
    const folder = options.out ?? "arcface-demo";
    await makeFolder(folder);
    await using recognizer = await loadRecognizer({
      ...nodeOptions(context, options),
      ...toNetworks(options),
    });
    const rule = chooseRule(recognizer.thresholds, toDecisionOptions(options), recognizer.name);
    const find = { ...toDetectOptions(options), signal: context.signal };

    const faces: AlbumFace[] = [];
    const shownPhotos: Image[] = [];
    const seeing = performance.now();
    for (const [photo, file] of files.entries()) {
      context.progress.update("finding faces", photo, files.length);
      const image = await recognizer.decode(file, decodeOptions(options));
      if (photo < SHOWN) shownPhotos.push(image);
      faces.push(...(await facesOfPhoto(recognizer, image, photo, find)));
    }
    context.progress.update("finding faces", files.length, files.length);
    const msPerPhoto = (performance.now() - seeing) / files.length;

    // Enrol each person's first face, then let the gallery say who all the others are.
    const galleryFile = join(folder, "demo-gallery.db");
    for (const suffix of ["", "-wal", "-shm"]) await rm(galleryFile + suffix, { force: true });
    await using gallery = await openGallery(galleryFile, recognizer.fingerprint);
    const people = groupIntoPeople(faces, rule.threshold).map((person, i) => ({ ...person, name: `Person ${i + 1}` }));
    for (const {
      name,
      faces: [first],
    } of people) {
      await gallery.enrol(name, [{ embedding: first!.embedding, imageSha256: null, source: files[first!.photo]! }]);
    }
    const rows: { name: string; shown: Shown[] }[] = [];
    for (const { name, faces: members } of people) {
      const shown: Shown[] = [];
      for (const [k, face] of members.entries()) {
        const found = await gallery.identify(face.embedding, { threshold: rule.threshold });
        shown.push({ face, name: found.name ?? "unknown", similarity: k === 0 ? null : found.similarity });
      }
      rows.push({ name, shown });
    }

    const picture = join(folder, "faces.png");
    if (faces.length > 0) await writeImage(picture, await draw(shownPhotos, rows));
    return {
      model: recognizer.name,
      detector: recognizer.detector.name,
      threshold: rule.threshold,
      falseAcceptRate: rule.falseAcceptRate,
      photos: files.length,
      faces: faces.length,
      people: rows.map(({ name, shown }) => ({
        name,
        enrolledFrom: files[shown[0]!.face.photo]!,
        seen: shown.map((s) => ({
          file: files[s.face.photo]!,
          box: s.face.box,
          identifiedAs: s.name,
          similarity: s.similarity,
        })),
      })),
      picture: faces.length > 0 ? picture : null,
      gallery: galleryFile,
      msPerPhoto,
      seconds: (performance.now() - started) / 1000,
    };
  },
  format({ people, photos, faces, picture, gallery, threshold, falseAcceptRate, seconds }) {
    const rate = falseAcceptRate === null ? "chosen by you" : `false accepts ${falseAcceptRate} a comparison`;
    const label = (file: string): string => basename(file, extname(file));
    const lines = people.map(({ name, seen: [first, ...others] }) => {
      const also = others.map((s) => `${label(s.file)} as ${s.identifiedAs} (${s.similarity?.toFixed(2)})`);
      return `${name.padEnd(10)}  enrolled from ${label(first!.file)}${also.length > 0 ? `, found in ${also.join(", ")}` : ""}`;
    });
    return [
      ...lines,
      "",
      `${faces} faces of ${people.length} people in ${photos} photographs, ${seconds.toFixed(1)} s; threshold ${threshold.toFixed(4)} (${rate})`,
      ...(picture === null ? [] : [`who is who: ${picture}`]),
      `the gallery: ${gallery}`,
    ].join("\n");
  },
});

export async function samples(context: CliContext): Promise<string[]> {
  const { ensureSamples } = await import("../../zoo/samples.node.ts");
  const paths = await ensureSamples({
    signal: context.signal,
    onProgress: (received, total) =>
      context.progress.update(
        "fetching six sample photographs (MB)",
        Math.round(received / 1e5) / 10,
        Math.round(total / 1e5) / 10,
      ),
  });
  context.progress.stop();
  return paths;
}

/** The photographs with names on the faces; below, a row for each person seen more than once, and all others in one. */
async function draw(
  photos: readonly Image[],
  rows: readonly { name: string; shown: readonly Shown[] }[],
): Promise<Image> {
  const marks = rows.flatMap(({ shown }, person) => shown.map(({ face, name }) => ({ ...face, label: name, person })));
  const named = await Promise.all(
    photos.map((image, photo) =>
      drawFaces(
        image,
        marks.filter((mark) => mark.photo === photo),
      ),
    ),
  );
  const top = collage(named, PICTURE_WIDTH, LINE_HEIGHT);
  const again = rows.map((row, person) => ({ ...row, person })).filter(({ shown }) => shown.length > 1);
  const once = rows.filter(({ shown }) => shown.length === 1);
  const sheet = await drawMontage(
    [
      ...again.map(({ name, shown, person }) => ({
        label: name,
        person,
        crops: shown.map(({ face, similarity }) => ({
          image: face.crop,
          caption: similarity === null ? "enrolled" : similarity.toFixed(2),
        })),
      })),
      ...(once.length > 0
        ? [
            {
              label: "seen once",
              person: rows.length,
              crops: once.map(({ name, shown: [only] }) => ({ image: only!.face.crop, caption: name })),
            },
          ]
        : []),
    ],
    { columns: 10 },
  );
  const whole = createImage(Math.max(PICTURE_WIDTH, sheet.width), top.height + sheet.height);
  whole.data.fill(32);
  paste(whole, top, 0, 0);
  paste(whole, sheet, 0, top.height);
  return whole;
}
