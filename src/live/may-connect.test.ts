import { expect, test } from "vitest";
import { mayConnect } from "./may-connect.ts";

const rules = { allowedHosts: ["camera.local"], allowedOrigins: ["https://app.foxglove.dev"] };

test.each([
  ["a program, which sends no origin", { host: "127.0.0.1:8765" }],
  ["our page, whose port is another", { host: "127.0.0.1:8765", origin: "http://127.0.0.1:8082" }],
  ["our page by name", { host: "localhost:8765", origin: "http://localhost:8082" }],
  ["our page by an address of the sixth kind", { host: "[::1]:8765", origin: "http://[::1]:8082" }],
  ["a phone by the machine's address", { host: "192.168.1.7:8082", origin: "http://192.168.1.7:8082" }],
  ["a name that was allowed", { host: "camera.local:8082", origin: "http://camera.local:8082" }],
  ["a page that was allowed", { host: "localhost:8765", origin: "https://app.foxglove.dev" }],
])("%s may connect", (_, headers) => {
  expect(mayConnect(headers, rules)).toBe(true);
});

test.each([
  ["a page of another site", { host: "127.0.0.1:8765", origin: "https://evil.example" }],
  ["a site whose name was pointed here", { host: "evil.example:8765", origin: "http://evil.example:8765" }],
  ["the same without an origin", { host: "evil.example:8765" }],
  ["a name that only begins like ours", { host: "localhost.evil.example", origin: "http://localhost.evil.example" }],
  ["a name that only begins like an address", { host: "127.0.0.1.evil.example" }],
  ["a page out of a file or a sandbox", { host: "127.0.0.1:8765", origin: "null" }],
  ["an origin that is none", { host: "127.0.0.1:8765", origin: "//" }],
  ["another machine's page", { host: "127.0.0.1:8765", origin: "http://192.168.1.9" }],
  ["a request without a host", {}],
])("%s may not connect", (_, headers) => {
  expect(mayConnect(headers, rules)).toBe(false);
});
