import { Command as Commander, CommanderError, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import packageJson from "../../package.json" with { type: "json" };
import { ArcfaceError } from "../errors.ts";
import type { CliContext, Command, OptionSpec } from "./command.ts";
import { COMMANDS } from "./commands.node.ts";
import { listenForInterrupts } from "./interrupt.node.ts";
import { explain, printJson, printText, surviveClosedPipes } from "./output.node.ts";
import { createProgress } from "./progress.node.ts";

/** An error's exit code; 2 is a call that is wrong in itself, 130 the shell's for Ctrl-C. */
const exitCodeOf = ({ code }: ArcfaceError): number =>
  code === "INVALID_ARGUMENT" ? 2 : code === "CANCELLED" ? 130 : 1;

/**
 * The command line: parse, run one command, print. Text on stdout; with --json one JSON document and nothing else.
 * What is told on the way, and errors, go to stderr; an error under --json is also the document, `{ error }`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  surviveClosedPipes();
  const program = new Commander("arcface")
    .description("face recognition: find, align, embed, verify and identify faces")
    .version(packageJson.version)
    .showHelpAfterError("(arcface --help lists the commands)")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride();
  for (const command of COMMANDS) addCommand(program, command);
  try {
    await program.parseAsync(rewritten(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the message or the help already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (process.exitCode === 2 && argv.includes("--json")) {
      const message = error.code === "commander.help" ? "arcface: expected a command, got none" : error.message;
      printJson({ error: { code: "INVALID_ARGUMENT", message: message.replace(/^error: /, "") } });
    }
  }
}

function rewritten([name, ...args]: readonly string[]): string[] {
  if (name === undefined) return [];
  const command = COMMANDS.find((one) => one.name === name);
  return [name, ...(command?.rewriteArgs?.(args) ?? args)];
}

function addCommand(program: Commander, command: Command): void {
  // "people show" is the command show of the group people.
  const [first, second] = command.name.split(" ");
  const parent = second === undefined ? program : groupOf(program, first!);
  const sub = parent
    .command(second ?? first!)
    .summary(command.summary)
    .description(command.summary)
    .option("--json", "print one JSON document on stdout and nothing else")
    .showHelpAfterError(`(arcface ${command.name} --help tells more)`);
  // The command checks its own arguments, so that what is wrong with them is said in one way everywhere.
  if (command.arguments !== "")
    sub.usage(`[options] ${command.arguments}`).argument("[arguments...]").allowExcessArguments();
  for (const [name, spec] of Object.entries(command.options)) sub.addOption(toOption(name, spec));
  if (command.examples.length > 0)
    sub.addHelpText("after", `\nExamples:\n${command.examples.map((e) => `  $ ${e}`).join("\n")}`);
  sub.action(async (...received: unknown[]) => {
    const given = sub.opts<Record<string, unknown>>();
    const args = Array.isArray(received[0]) ? (received[0] as string[]) : [];
    await run(command, args, given);
  });
}

const GROUPS: Readonly<Record<string, string>> = {
  people: "list, show, rename and remove the people of a gallery",
  models: "list, fetch, check and carry the networks",
  archive: "make, show, check and take apart NN archives",
};

function groupOf(program: Commander, name: string): Commander {
  const group = program.commands.find((c) => c.name() === name);
  return (
    group ??
    program
      .command(name)
      .description(GROUPS[name] ?? "")
      .configureHelp({ subcommandTerm: (command) => command.name() })
      .showHelpAfterError(`(arcface ${name} --help lists its commands)`)
  );
}

function toOption(name: string, spec: OptionSpec): Option {
  const flag = `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  const short = spec.short ? `-${spec.short}, ` : "";
  const value = spec.type === "boolean" ? "" : ` <${spec.value ?? (spec.type === "number" ? "N" : "value")}>`;
  const option = new Option(`${short}${flag}${value}`, spec.describe);
  if (spec.choices) option.choices(spec.choices);
  else if (spec.type === "number") option.argParser((text) => parseNumber(text, spec));
  else if (spec.type === "string") option.argParser(parseText);
  return option;
}

function parseText(text: string): string {
  // Commander would take the next option for the value that was forgotten.
  if (text.startsWith("--")) throw new InvalidArgumentError("expected a value, got an option.");
  return text;
}

function parseNumber(text: string, { min = -Infinity, max = Infinity, integer = false }: OptionSpec): number {
  const number = Number(text);
  const fits = Number.isFinite(number) && number >= min && number <= max && (!integer || Number.isInteger(number));
  if (text.trim() !== "" && fits) return number;
  const from = Number.isFinite(min) ? (Number.isFinite(max) ? ` from ${min} to ${max}` : `, ${min} or more`) : "";
  throw new InvalidArgumentError(`expected a ${integer ? "whole " : ""}number${from}.`);
}

async function run(
  command: Command,
  args: readonly string[],
  { json, ...options }: Record<string, unknown>,
): Promise<void> {
  const quiet = json === true;
  const progress = createProgress(process.stderr, quiet);
  const interrupts = listenForInterrupts(() => progress.stop());
  const context: CliContext = {
    progress,
    signal: interrupts.signal,
    note(line) {
      progress.stop();
      if (!quiet) process.stderr.write(`${line}\n`);
    },
  };
  try {
    const result = await command.run(args, options as never, context);
    progress.stop();
    if (quiet) printJson(result);
    else printText(await command.format(result));
    process.exitCode ??= command.exitCode?.(result, options as never) ?? 0;
  } catch (error) {
    progress.stop();
    fail(error, quiet);
  } finally {
    interrupts.stop();
  }
}

function fail(error: unknown, json: boolean): void {
  const known =
    error instanceof ArcfaceError
      ? error
      : new ArcfaceError("INTERNAL", `a bug in arcface: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
  const { code, message, hint } = known;
  const { stderr } = process;
  // picocolors asks about stdout, and takes CI for a terminal.
  const { red } = pc.createColors(stderr.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb");
  stderr.write(`${red(message)} [${code}]\n${hint ? `  ${hint}\n` : ""}`);
  if (code === "INTERNAL" || process.env.ARCFACE_TRACE) stderr.write(`${explain(known)}\n`);
  if (json) printJson({ error: { code, message, ...(hint ? { hint } : {}) } });
  process.exitCode = exitCodeOf(known);
  // What was cut off may wait for an answer, or to ask again: nobody else does.
  if (code === "CANCELLED") process.stdout.write("", () => process.exit());
}
