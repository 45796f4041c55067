import { throwIfCancelled } from "../errors.ts";
import { groupFaces } from "../gallery/cluster.ts";
import type { Image } from "../image/image.ts";
import type { Face } from "./face.ts";
import type { FindOptions, Recognizer } from "./recognizer.ts";

/** A face in one of an album's photographs. */
export type AlbumFace = Face & {
  /** Which photograph, by its place in the list. */
  readonly photo: number;
  /** What the recogniser saw. */
  readonly crop: Image;
};

/** The faces of one person, one a photograph at most. */
export type AlbumPerson = { readonly faces: readonly AlbumFace[] };

/** Every face of a photograph, with its crop. */
export async function facesOfPhoto(
  recognizer: Recognizer,
  image: Image,
  photo: number,
  options: FindOptions = {},
): Promise<AlbumFace[]> {
  throwIfCancelled(options.signal, "album");
  const faces = await recognizer.embed(image, options);
  return faces.map((face) => ({ ...face, photo, crop: recognizer.align(image, face) }));
}

/**
 * Who is the same person across photographs? Two faces of one photograph never are.
 *
 * @param threshold mean cosine similarity between two groups of faces that makes them one person.
 * @returns people, who is in most photographs first, then in order of appearance.
 * @throws {ArcfaceError} TOO_LARGE beyond 5,000 faces.
 */
export function groupIntoPeople(faces: readonly AlbumFace[], threshold: number): AlbumPerson[] {
  const groups = groupFaces(
    faces.map(({ embedding }) => embedding),
    { threshold, photos: faces.map(({ photo }) => photo) },
  );
  const people: AlbumFace[][] = [];
  for (const [i, group] of groups.entries()) people[group] = [...(people[group] ?? []), faces[i]!];
  return people.map((members) => ({ faces: members })).sort((a, b) => b.faces.length - a.faces.length);
}
