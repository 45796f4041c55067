import { expect, test } from "vitest";
import { fromDepthaiArgs } from "./depthai-args.ts";

test.each([
  ["-det", "--det-model"],
  ["--det_model", "--det-model"],
  ["-rec", "--rec-model"],
  ["--rec_model", "--rec-model"],
  ["-cos", "--cos-similarity-threshold"],
  ["--cos_similarity_threshold", "--cos-similarity-threshold"],
  ["-media", "--media-path"],
  ["--media_path", "--media-path"],
  ["-fps", "--fps-limit"],
  ["--fps_limit", "--fps-limit"],
  ["-d", "--device"],
])("%s is %s, with the value after a blank or an equals sign", (theirs, ours) => {
  expect(fromDepthaiArgs([theirs, "value"])).toEqual([ours, "value"]);
  expect(fromDepthaiArgs([`${theirs}=a=b`])).toEqual([`${ours}=a=b`]);
});

test("the page's call, word for word", () => {
  const page = "-det luxonis/scrfd-face-detection:10g-640x640 -rec luxonis/arcface:lfw-112x112".split(" ");
  expect(fromDepthaiArgs(page)).toEqual([
    "--det-model",
    "luxonis/scrfd-face-detection:10g-640x640",
    "--rec-model",
    "luxonis/arcface:lfw-112x112",
  ]);
});

test("other flags, values that look like flags' names, and what comes after -- stay as they are", () => {
  const args = ["--json", "-m", "det", "-detail", "constructor", "--", "-det", "x"];
  expect(fromDepthaiArgs(args)).toEqual(args);
});
