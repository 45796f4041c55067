import { expect, test } from "vitest";
import { apiKeyOf, internetCheckOf, resolveModelzoo } from "./endpoints.ts";

test("by default it is Luxonis' own hub, as in DepthAI", () => {
  expect(resolveModelzoo({}, {})).toEqual({
    healthEndpoint: "https://easyml.cloud.luxonis.com/models/api/v1/health/",
    downloadEndpoint: "https://easyml.cloud.luxonis.com/models/api/v1/models/download",
    catalogueEndpoint: "https://easyml.cloud.luxonis.com/models/api/v1",
    defaultCachePath: ".depthai_cached_models",
  });
});

test.each(["http://hub", "http://hub/", "http://hub//"])(
  "HUBAI_URL %s moves all, and an endpoint that is given stays",
  (url) => {
    expect(resolveModelzoo({ downloadEndpoint: "http://d" }, { HUBAI_URL: url })).toMatchObject({
      healthEndpoint: "http://hub/models/api/v1/health/",
      downloadEndpoint: "http://d",
      catalogueEndpoint: "http://hub/models/api/v1",
    });
  },
);

test.each(["/", "hub.example.org", "ftp://hub", "http://"])("a hub at %s is refused, and says what names it", (url) => {
  const error = expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("HUBAI_URL") });
  expect(() => resolveModelzoo({}, { HUBAI_URL: url })).toThrow(error);
});

test("the key of DepthAI comes before that of Luxonis' other tools; an empty one is none", () => {
  expect(apiKeyOf("", { DEPTHAI_HUB_API_KEY: "", HUBAI_API_KEY: "b" })).toBe("b");
  expect(apiKeyOf(undefined, { DEPTHAI_HUB_API_KEY: "a", HUBAI_API_KEY: "b" })).toBe("a");
  expect(apiKeyOf("c", { DEPTHAI_HUB_API_KEY: "a" })).toBe("c");
  expect(apiKeyOf(undefined, {})).toBe("");
});

test.each([
  [{}, { wanted: true, timeoutMs: 1000 }],
  [{ DEPTHAI_ZOO_INTERNET_CHECK: "0" }, { wanted: false, timeoutMs: 1000 }],
  [{ DEPTHAI_ZOO_INTERNET_CHECK: "False" }, { wanted: false, timeoutMs: 1000 }],
  [{ DEPTHAI_ZOO_INTERNET_CHECK: "maybe" }, { wanted: true, timeoutMs: 1000 }],
  [
    { DEPTHAI_ZOO_INTERNET_CHECK: "1", ARCFACE_OFFLINE: "1" },
    { wanted: false, timeoutMs: 1000 },
  ],
  [{ DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "250" }, { wanted: true, timeoutMs: 250 }],
  [{ DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "soon" }, { wanted: true, timeoutMs: 1000 }],
  [{ DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "-5" }, { wanted: true, timeoutMs: 1000 }],
])("under %j the check is %j", (env, check) => {
  expect(internetCheckOf(env)).toEqual(check);
});
