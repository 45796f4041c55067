import { ArcfaceError } from "../../../errors.ts";
import { BaseParser } from "./base-parser.ts";
import { BlazeFaceParser } from "./blazeface-parser.ts";
import { ClassificationParser } from "./classification-parser.ts";
import { EmbeddingsParser } from "./embeddings-parser.ts";
import { KeypointParser } from "./keypoint-parser.ts";
import { Landmarks68Parser } from "./landmarks-68-parser.ts";
import { RegressionParser } from "./regression-parser.ts";
import { SCRFDParser } from "./scrfd-parser.ts";
import { UltraFaceParser } from "./ultraface-parser.ts";
import { YuNetParser } from "./yunet-parser.ts";

export type ParserClass = new () => BaseParser;

/** Parsers by the name that an archive's head has. The last three are ours. */
export const PARSERS: Readonly<Record<string, ParserClass>> = {
  ClassificationParser,
  EmbeddingsParser,
  KeypointParser,
  RegressionParser,
  SCRFDParser,
  YuNetParser,
  BlazeFaceParser,
  Landmarks68Parser,
  UltraFaceParser,
};

/**
 * @param own parsers that are the caller's; they win.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where no parser has the name, or what has it is none.
 */
export function parserClass(name: string, own: Readonly<Record<string, ParserClass>> = {}): ParserClass {
  const known = { ...PARSERS, ...own };
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!found) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `Parser ${name} not a valid parser class.`, {
      hint: `known are ${Object.keys(known).join(", ")}; ParsingNeuralNetwork takes others as its option parsers`,
    });
  }
  if (found.prototype instanceof BaseParser) return found;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `Parser ${name} does not inherit from BaseParser class.`);
}
