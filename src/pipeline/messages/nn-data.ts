import { Buffer } from "./buffer.ts";
export class NNData extends Buffer {}
