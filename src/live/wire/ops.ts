/** The JSON messages that a server of the Foxglove WebSocket protocol sends, as far as ours does. */
export type ServerOp =
  | {
      readonly op: "serverInfo";
      readonly name: string;
      readonly capabilities: readonly string[];
      readonly supportedEncodings: readonly string[];
      /** Changes when the server is another one: what was known of the old is void. */
      readonly sessionId: string;
    }
  | { readonly op: "status"; readonly level: 0 | 1 | 2; readonly message: string }
  | { readonly op: "advertise"; readonly channels: readonly Channel[] }
  | { readonly op: "unadvertise"; readonly channelIds: readonly number[] }
  | { readonly op: "advertiseServices"; readonly services: readonly Service[] }
  | {
      readonly op: "serviceCallFailure";
      readonly serviceId: number;
      readonly callId: number;
      readonly message: string;
    };

export type Channel = {
  readonly id: number;
  readonly topic: string;
  /** Of messages: `protobuf`, `json`. */
  readonly encoding: string;
  readonly schemaName: string;
  /** Of protobuf: a FileDescriptorSet in base64. */
  readonly schema: string;
};

export type Service = {
  readonly id: number;
  readonly name: string;
  /** `json` or `binary`. */
  readonly type: string;
  readonly request: ServiceSide;
  readonly response: ServiceSide;
  /** What clients of before 2024 look for in their place. */
  readonly requestSchema: string;
  readonly responseSchema: string;
};

export type ServiceSide = {
  readonly encoding: string;
  readonly schemaName: string;
  readonly schemaEncoding: string;
  readonly schema: string;
};
