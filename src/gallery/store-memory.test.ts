import { createMemoryStore } from "./store-memory.ts";
import { testGalleryStore } from "./testing/store-conformance.ts";

testGalleryStore("memory", async () => createMemoryStore());
