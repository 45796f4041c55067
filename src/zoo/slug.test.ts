import { expect, test } from "vitest";
import { formatSlug, nearestSlugs, parseSlug } from "./slug.ts";

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
