/**
 * The binary frames of the Foxglove WebSocket protocol: an opcode, numbers in little-endian, and a payload to the end.
 *
 * Source: foxglove/ws-protocol, docs/spec.md.
 */

/** What both sides name in the handshake. */
export const SUBPROTOCOL = "foxglove.websocket.v1";

/** From the server. */
const MESSAGE_DATA = 1;
const SERVICE_CALL_RESPONSE = 3;
/** From the client. */
const SERVICE_CALL_REQUEST = 2;

export type MessageData = {
  readonly subscriptionId: number;
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  readonly payload: Uint8Array;
};

export type ServiceCall = {
  readonly serviceId: number;
  /** The client's own: what the answer is known by. */
  readonly callId: number;
  readonly encoding: string;
  readonly payload: Uint8Array;
};

const MESSAGE_HEADER = 13;
const CALL_HEADER = 13;

/** What precedes a message's payload: 13 bytes. */
export function messageHeader(subscriptionId: number, timestamp: bigint): Uint8Array {
  const header = new Uint8Array(MESSAGE_HEADER);
  const view = new DataView(header.buffer);
  view.setUint8(0, MESSAGE_DATA);
  view.setUint32(1, subscriptionId, true);
  view.setBigUint64(5, timestamp, true);
  return header;
}

/** `null` where the frame is none. The payload is a view. */
export function readMessageData(frame: Uint8Array): MessageData | null {
  if (frame.length < MESSAGE_HEADER || frame[0] !== MESSAGE_DATA) return null;
  const view = viewOf(frame);
  const [subscriptionId, timestamp] = [view.getUint32(1, true), view.getBigUint64(5, true)];
  return { subscriptionId, timestamp, payload: frame.subarray(MESSAGE_HEADER) };
}

export const writeServiceRequest = (call: ServiceCall): Uint8Array => writeCall(SERVICE_CALL_REQUEST, call);
export const writeServiceResponse = (call: ServiceCall): Uint8Array => writeCall(SERVICE_CALL_RESPONSE, call);

/** `null` where the frame is none, or is cut. The payload is a view. */
export const readServiceRequest = (frame: Uint8Array): ServiceCall | null => readCall(SERVICE_CALL_REQUEST, frame);
export const readServiceResponse = (frame: Uint8Array): ServiceCall | null => readCall(SERVICE_CALL_RESPONSE, frame);

function writeCall(opcode: number, { serviceId, callId, encoding, payload }: ServiceCall): Uint8Array {
  const name = new TextEncoder().encode(encoding);
  const frame = new Uint8Array(CALL_HEADER + name.length + payload.length);
  const view = viewOf(frame);
  view.setUint8(0, opcode);
  view.setUint32(1, serviceId, true);
  view.setUint32(5, callId, true);
  view.setUint32(9, name.length, true);
  frame.set(name, CALL_HEADER);
  frame.set(payload, CALL_HEADER + name.length);
  return frame;
}

function readCall(opcode: number, frame: Uint8Array): ServiceCall | null {
  if (frame.length < CALL_HEADER || frame[0] !== opcode) return null;
  const view = viewOf(frame);
  const start = CALL_HEADER + view.getUint32(9, true);
  if (start > frame.length) return null;
  return {
    serviceId: view.getUint32(1, true),
    callId: view.getUint32(5, true),
    encoding: new TextDecoder().decode(frame.subarray(CALL_HEADER, start)),
    payload: frame.subarray(start),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
