import fc from "fast-check";
import { expect, test } from "vitest";
import { formatSlug, nearestSlugs, parseSlug, SlugComponents } from "./slug.ts";

const KNOWN = ["faceplugin/mobilefacenet", "faceplugin/ultraface", "insightface/mobilefacenet:w600k", "mtcnn/onet"];

test.each([
  ["luxonis/arcface:lfw-112x112", { team: "luxonis", model: "arcface", variant: "lfw-112x112" }],
  ["mtcnn/onet", { team: "mtcnn", model: "onet", variant: null }],
])("%s is read and written back as it was", (text, slug) => {
  expect(parseSlug(text)).toEqual(slug);
  expect(formatSlug(parseSlug(text))).toBe(text);
});

test.each(["", "onet", "mtcnn/", "/onet", "a/b/c", "a/b:", "a/b:c:d", "../secret/x", "a/..", "a b/c", "./x.yaml"])(
  "%j is no slug",
  (text) => {
    expect(() => parseSlug(text)).toThrow("zoo: expected team/model or team/model:variant");
  },
);

test("a misspelt slug is answered with the nearest ones", () => {
  expect(nearestSlugs("faceplugin/mobilfacenet", KNOWN)[0]).toBe("faceplugin/mobilefacenet");
  expect(nearestSlugs("Mtcnn/Onet", KNOWN)).toEqual(["mtcnn/onet"]);
});

test("a slug of the wrong team is answered with the models of that name", () => {
  expect(nearestSlugs("facebook/mobilefacenet", KNOWN)).toEqual([
    "faceplugin/mobilefacenet",
    "insightface/mobilefacenet:w600k",
  ]);
});

test("what is like nothing is answered with nothing", () => {
  expect(nearestSlugs("vision/transformer", KNOWN)).toEqual([]);
});

test.each([
  ["luxonis/arcface:lfw-112x112", ["luxonis", "arcface", "lfw-112x112", ""]],
  ["luxonis/scrfd-face-detection:10g-640x640", ["luxonis", "scrfd-face-detection", "10g-640x640", ""]],
  ["arcface", ["", "arcface", "", ""]],
  ["arcface:lfw-112x112:1a2b3c4", ["", "arcface", "lfw-112x112", "1a2b3c4"]],
  ["team/a/b:v", ["team", "a/b", "v", ""]],
  ["a:b/c", ["", "a", "b/c", ""]],
  ["a:b:c:d:e", ["", "a", "b", "c"]],
  ["a::c", ["", "a", "", "c"]],
  ["/a", ["", "a", "", ""]],
  ["a/", ["a", "", "", ""]],
  ["", ["", "", "", ""]],
  [":", ["", "", "", ""]],
] as const)("DepthAI splits %j into team, model, variant and ref as %j", (text, parts) => {
  const { teamName, modelSlug, modelVariantSlug, modelRef } = SlugComponents.split(text);
  expect([teamName, modelSlug, modelVariantSlug, modelRef]).toEqual(parts);
});

test.each([
  [{ teamName: "luxonis", modelSlug: "arcface", modelVariantSlug: "lfw-112x112" }, "luxonis/arcface:lfw-112x112"],
  [{ modelSlug: "arcface", modelRef: "1a2b3c4" }, "arcface:1a2b3c4"],
  [{ teamName: "luxonis" }, "luxonis/"],
  [{}, ""],
])("DepthAI merges %j into %j: empty parts are left out", (parts, text) => {
  expect(new SlugComponents(parts).merge()).toBe(text);
});

test("what was merged splits into what it was, where no part is empty or holds a separator", () => {
  const part = fc.stringMatching(/^[^:/]+$/);
  fc.assert(
    fc.property(part, part, part, part, (teamName, modelSlug, modelVariantSlug, modelRef) => {
      const components = new SlugComponents({ teamName, modelSlug, modelVariantSlug, modelRef });
      expect(SlugComponents.split(components.merge())).toEqual(components);
    }),
  );
});

test("our slugs are DepthAI's", () => {
  const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
  fc.assert(
    fc.property(part, part, fc.option(part), (team, model, variant) => {
      const text = formatSlug({ team, model, variant });
      expect(SlugComponents.split(text).merge()).toBe(text);
    }),
  );
});
