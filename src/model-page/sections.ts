/** A text that leads somewhere. */
export type Link = { readonly text: string; readonly href: string };

/** What is said of something: `null` where its publisher does not state it. */
export type Value = string | Link | null;

export type Fact = { readonly label: string; readonly value: Value | readonly Value[] };

/** Figures stand to the right. */
export type Column = { readonly title: string; readonly is?: "number" };

/** A length that is drawn beside its figure. */
export type Bar = { readonly label: string; readonly value: number; readonly shown: string };

/** Texts may hold commands between backticks. */
export type Block =
  | { readonly kind: "prose"; readonly text: string | null }
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | {
      readonly kind: "items";
      readonly items: readonly {
        readonly title: Value;
        readonly text?: string;
        readonly details?: readonly string[];
      }[];
    }
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly columns: readonly Column[];
      /** The first cell of a row names it. */
      readonly rows: readonly (readonly Value[])[];
      readonly notes?: readonly string[];
    }
  | { readonly kind: "bars"; readonly caption: string; readonly bars: readonly Bar[] }
  | { readonly kind: "code"; readonly title?: string; readonly code: string; readonly note?: string };

/** A heading and what stands below it, for any reader: the page draws it, the command line prints it. */
export type Section = {
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly sections?: readonly Section[];
};

export const NOT_STATED = "not stated";

/** Sections with nothing in them are left out. */
export function compact(sections: readonly (Section | null)[]): Section[] {
  return sections.filter(
    (section): section is Section =>
      section !== null && (section.blocks.length > 0 || (section.sections ?? []).length > 0),
  );
}
