import type { Progress } from "./progress.node.ts";

/** One option of a command. `multiple` gathers repeats into a list. */
export type OptionSpec = {
  readonly type: "string" | "number" | "boolean";
  readonly short?: string;
  /** What stands for the value in --help: FILE, N. */
  readonly value?: string;
  readonly describe: string;
  readonly choices?: readonly string[];
  /** Of a number: the least and the most it may be, both allowed; and whether it is whole. */
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
};

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec extends OptionSpec> = Spec extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Spec["type"] extends "string"
    ? string
    : Spec["type"] extends "number"
      ? number
      : boolean;

/** The values that a user gave; an option that was not given is absent. Names are camelCase, flags kebab-case. */
export type OptionValues<Specs extends OptionSpecs> = { readonly [Name in keyof Specs]?: ValueOf<Specs[Name]> };

/** What a command may use of the terminal: everything it tells while it works goes through here, to stderr. */
export type CliContext = {
  readonly progress: Progress;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** A line for people, on stderr; silent under --json. */
  note(line: string): void;
};

/**
 * A command is a value: `run` computes and returns data, `format` turns it into text. main.node.ts alone parses,
 * prints (the text, or under --json the data as one document) and sets the exit code.
 */
export type Command<Specs extends OptionSpecs = OptionSpecs, Result = unknown> = {
  readonly name: string;
  /** The arguments in --help: `<image> <image>`, `[people...]`. */
  readonly arguments: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options: Specs;
  /** Turns arguments as another program spells them into ours, before they are parsed. */
  rewriteArgs?(args: readonly string[]): string[];
  run(args: readonly string[], options: OptionValues<Specs>, context: CliContext): Promise<Result>;
  format(result: Result): string | Promise<string>;
  /** Where absent, 0. */
  exitCode?(result: Result, options: OptionValues<Specs>): number;
};

/** Infers the types of a command's options and result. */
export function defineCommand<const Specs extends OptionSpecs, Result>(command: Command<Specs, Result>): Command {
  return command as unknown as Command;
}
