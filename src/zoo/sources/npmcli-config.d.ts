declare module "@npmcli/config" {
  /** npm's own reader of its configuration: .npmrc files, `npm_config_…` variables, defaults. */
  // biome-ignore lint/style/noDefaultExport: it is npm's
  export default class Config {
    constructor(options: {
      definitions: unknown;
      shorthands: unknown;
      flatten: unknown;
      npmPath: string;
      argv?: readonly string[];
      env?: NodeJS.ProcessEnv;
      cwd?: string;
    });
    load(): Promise<void>;
    /** The options as npm's libraries take them. */
    readonly flat: Record<string, unknown>;
    isDefault(key: string): boolean;
  }
}

declare module "@npmcli/config/lib/definitions/index.js" {
  const exports: { readonly definitions: unknown; readonly shorthands: unknown; readonly flatten: unknown };
  // biome-ignore lint/style/noDefaultExport: it is npm's
  export default exports;
}
