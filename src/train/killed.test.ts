import { testKilledRuns } from "./testing/killed-runs.node.ts";

testKilledRuns(3);
