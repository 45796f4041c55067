import { expect, test } from "vitest";
import { floatInfo } from "../host/testing/fake-host.ts";
import { recognizeHeads } from "./detector-heads.ts";

const scrfd = ["score", "bbox", "kps"].flatMap((kind) => [8, 16, 32].map((stride) => `${kind}_${stride}`));
const width = (role: string): number => ({ score: 1, bbox: 4, kps: 10, cls: 1, obj: 1 })[role.split("_")[0]!]!;

test("SCRFD is known by its outputs' names, whatever their order", () => {
  const outputs = scrfd.map((role) => floatInfo(role, [1, 800, width(role)])).reverse();
  const heads = recognizeHeads(outputs);
  expect(heads).toEqual({ parser: "scrfd", outputs: Object.fromEntries(scrfd.map((role) => [role, role])) });
});

test("SCRFD is known by how many outputs there are and how wide, where the names are numbers", () => {
  const outputs = scrfd.map((role, i) => floatInfo(`${440 + i}`, [12800, width(role)]));
  expect(recognizeHeads(outputs)).toMatchObject({ parser: "scrfd", outputs: { score_8: "440", kps_32: "448" } });
});

test("nine outputs of other widths are no SCRFD", () => {
  expect(recognizeHeads(scrfd.map((role) => floatInfo(role.replace("score", "s"), [1, 800, 7])))).toBeNull();
});

test("YuNet, BlazeFace and UltraFace are known", () => {
  const yunet = ["cls", "obj", "bbox", "kps"].flatMap((kind) => [8, 16, 32].map((stride) => `${kind}_${stride}`));
  expect(recognizeHeads(yunet.map((role) => floatInfo(role, [1, 400, width(role)])))?.parser).toBe("yunet");
  expect(recognizeHeads([floatInfo("a", [1, 896, 16]), floatInfo("b", [1, 896, 1])])).toEqual({
    parser: "blazeface",
    outputs: { scores: "b", regressors: "a" },
  });
  expect(recognizeHeads([floatInfo("scores", [1, 4420, 2]), floatInfo("boxes", [1, 4420, 4])])).toEqual({
    parser: "ultraface",
    outputs: { scores: "scores", boxes: "boxes" },
  });
});

test("a recogniser's output is no detector's", () => {
  expect(recognizeHeads([floatInfo("embedding", [1, 512])])).toBeNull();
});
