"""Runs networks and cameras of an OAK device for another process, which talks to it over stdin and stdout.

A message is 12 bytes, then a header, JSON in UTF-8, then a body. The 12 bytes are "OAKB" and the lengths of header and
body, 4 bytes each, little-endian. The bridge begins with a hello, or with an error, after which it ends:

    {"type": "hello", "version": 1, "platform": "RVC2", "deviceId": "...", "depthai": "3.4.0"}
    {"type": "error", "id": null, "code": "MISSING_TOOL", "message": "...", "hint": "..."}

Each request has an id, which its answer repeats: a reply, or an error.

    {"type": "openNetwork", "archive": PATH}                     -> {"network": N}
    {"type": "infer", "network": N, "frames": [FRAME, ...]}      -> {"answers": [{"tensors": [...], "byteLength": B}, ...]}
    {"type": "openCamera", "camera": SOCKET or null, "width", "height", "fps", "resize"} -> {"camera": N}
    {"type": "nextFrame", "camera": N}                           -> FRAME and the stamps of it
    {"type": "close", "network": N} or {"type": "close", "camera": N} -> {}

A FRAME is {"kind": "BGR888p", "width", "height", "stride", "byteLength"}; the bytes of frames and answers follow each other
in the body. Networks and cameras are opened before the first is used, since the device is given them all at once; when
all are closed, others can be opened. The end of stdin ends the bridge.
"""

import argparse
import json
import os
import queue
import struct
import sys
import threading

VERSION = 1
# Frames under way to or from a network: what is sent waits for room.
QUEUED = 4
INSTALL = "python3 -m pip install 'depthai>=3', for the Python that the option `python` names"


class Refusal(Exception):
    """An error that is told to the other side: a code, a sentence, and what to do."""

    def __init__(self, code, message, hint=None):
        super().__init__(message)
        self.code = code
        self.hint = hint


class Channel:
    """Messages on two file descriptors; sending is for any thread."""

    def __init__(self, reading, writing):
        self._in = os.fdopen(reading, "rb")
        self._out = os.fdopen(writing, "wb")
        self._lock = threading.Lock()

    def receive(self):
        """Header and body, or None at the end."""
        prefix = self._in.read(12)
        if len(prefix) < 12:
            return None
        magic, header_length, body_length = struct.unpack("<4sII", prefix)
        if magic != b"OAKB":
            raise Refusal("UNSUPPORTED_FORMAT", "bridge: expected a message, got something else")
        header = self._in.read(header_length)
        body = self._in.read(body_length)
        if len(header) < header_length or len(body) < body_length:
            return None
        return json.loads(header), body

    def send(self, header, body=b""):
        text = json.dumps(header).encode()
        with self._lock:
            self._out.write(struct.pack("<4sII", b"OAKB", len(text), len(body)) + text)
            self._out.write(body)
            self._out.flush()


class Session:
    """What is open on the device. The device's pipeline starts with the first use, and ends with the last close."""

    def __init__(self, dai, device_id):
        self._dai = dai
        self._device_id = device_id
        self.device = self._open_device()
        self.platform = self.device.getPlatform().name
        self._pipeline = None
        self._running = False
        self._open = {}
        self._next = 0
        self._lock = threading.Lock()

    def _open_device(self):
        dai = self._dai
        try:
            return dai.Device(dai.DeviceInfo(self._device_id)) if self._device_id else dai.Device()
        except RuntimeError as error:
            which = f"OAK device {self._device_id}" if self._device_id else "OAK device"
            hint = "connect one by USB or network; on Linux its udev rules are needed (docs.luxonis.com)"
            raise Refusal("NOT_FOUND", f"{which}: none can be opened: {error}", hint) from error

    def _builder(self):
        if self._running:
            raise Refusal("CONFLICT", "OAK device: networks and cameras are opened before the first of them is used")
        if self._pipeline is None:
            if self.device is None:
                self.device = self._open_device()
            self._pipeline = self._dai.Pipeline(self.device)
        return self._pipeline

    def _add(self, work):
        number = self._next
        self._next += 1
        self._open[number] = work
        return number

    def open_network(self, path):
        try:
            archive = self._dai.NNArchive(path)
            node = self._builder().create(self._dai.node.NeuralNetwork)
            node.setNNArchive(archive)
        except RuntimeError as error:
            raise Refusal("MODEL_MISMATCH", f"OAK device: the network cannot be loaded: {error}") from error
        going_in = node.input.createInputQueue(maxSize=QUEUED, blocking=True)
        coming_out = node.out.createOutputQueue(maxSize=QUEUED, blocking=True)

        def infer(header, body):
            # One ahead: the device works on a frame while the next is under way to it.
            frames = list(self._frames(header["frames"], body))
            answers = []
            for i, frame in enumerate(frames):
                going_in.send(frame)
                if i > 0:
                    answers.append(coming_out.get())
            answers.append(coming_out.get())
            bodies = [answer.getData().tobytes() for answer in answers]
            told = [{"tensors": tensors_of(a), "byteLength": len(b)} for a, b in zip(answers, bodies)]
            return {"answers": told}, b"".join(bodies)

        return self._add(infer)

    def _frames(self, headers, body):
        import numpy  # depthai brings it

        dai = self._dai
        at = 0
        for header in headers:
            frame = dai.ImgFrame()
            frame.setType(getattr(dai.ImgFrame.Type, header["kind"]))
            frame.setWidth(header["width"])
            frame.setHeight(header["height"])
            frame.setStride(header["stride"])
            frame.setData(numpy.frombuffer(body, numpy.uint8, header["byteLength"], at))
            at += header["byteLength"]
            yield frame

    def open_camera(self, header):
        dai = self._dai
        name = header.get("camera")
        socket = getattr(dai.CameraBoardSocket, name or "AUTO", None)
        if socket is None:
            raise Refusal("NOT_FOUND", f"OAK device: expected a socket such as CAM_A, got {name}")
        size = (header["width"], header["height"])
        kind = dai.ImgFrame.Type.BGR888p if self.platform == "RVC2" else dai.ImgFrame.Type.BGR888i
        resize = getattr(dai.ImgResizeMode, header["resize"].upper())
        try:
            camera = self._builder().create(dai.node.Camera).build(socket)
            output = camera.requestOutput(size, kind, resize, fps=header.get("fps"))
        except RuntimeError as error:
            raise Refusal("NOT_FOUND", f"OAK device: the camera cannot be opened: {error}") from error
        # The newest frame is the one that is wanted.
        frames = output.createOutputQueue(maxSize=1, blocking=False)

        def next_frame(_header, _body):
            frame = frames.get()
            data = frame.getData().tobytes()
            told = {"kind": frame.getType().name, "width": frame.getWidth(), "height": frame.getHeight()}
            stamps = {"timestampMs": 1000 * frame.getTimestamp().total_seconds(), "sequence": frame.getSequenceNum()}
            return {**told, "stride": frame.getStride(), "byteLength": len(data), **stamps}, data

        return self._add(next_frame)

    def work_of(self, number):
        """What answers for a network or camera; the device's pipeline runs from now on."""
        with self._lock:
            if number not in self._open:
                raise Refusal("INVALID_ARGUMENT", f"OAK device: nothing is open by the number {number}")
            if not self._running:
                self._pipeline.start()
                self._running = True
            return self._open[number]

    def close(self, number):
        with self._lock:
            self._open.pop(number, None)
            if self._open or self._pipeline is None:
                return
            # Stopping the pipeline closes the device.
            if self._running:
                self._pipeline.stop()
            self._pipeline, self._running, self.device = None, False, None


def tensors_of(data):
    return [
        {
            "name": info.name,
            "dataType": info.dataType.name,
            "order": info.order.name,
            "dims": list(info.dims),
            "strides": list(info.strides),
            "offset": info.offset,
            "quantization": bool(info.quantization),
            "qpScale": info.qpScale,
            "qpZp": info.qpZp,
        }
        for info in data.getAllLayers()
    ]


class Bridge:
    """Takes requests in the order in which they come; those of one network or camera are answered in that order."""

    def __init__(self, channel, session):
        self._channel = channel
        self._session = session
        self._workers = {}

    def run(self):
        while True:
            message = self._channel.receive()
            if message is None:
                return
            header, body = message
            if header["type"] in ("infer", "nextFrame"):
                self._worker(header.get("network", header.get("camera"))).put((header, body))
            else:
                self._answer(header, body, self._manage)

    def _manage(self, header, _body):
        session = self._session
        if header["type"] == "openNetwork":
            return {"network": session.open_network(header["archive"])}, b""
        if header["type"] == "openCamera":
            return {"camera": session.open_camera(header)}, b""
        if header["type"] == "close":
            number = header.get("network", header.get("camera"))
            session.close(number)
            if number in self._workers:
                self._workers.pop(number).put(None)
            return {}, b""
        raise Refusal("INVALID_ARGUMENT", f"bridge: expected a request that it knows, got {header['type']}")

    def _worker(self, number):
        if number not in self._workers:
            waiting = queue.Queue()
            self._workers[number] = waiting
            threading.Thread(target=self._work, args=(number, waiting), daemon=True).start()
        return self._workers[number]

    def _work(self, number, waiting):
        for header, body in iter(waiting.get, None):
            self._answer(header, body, lambda h, b: self._session.work_of(number)(h, b))

    def _answer(self, header, body, work):
        try:
            reply, data = work(header, body)
            self._channel.send({**reply, "type": "reply", "id": header["id"]}, data)
        except Refusal as refusal:
            self._channel.send(error_of(refusal, header["id"]))
        except Exception as error:  # whatever DepthAI raises is the other side's to know
            self._channel.send(error_of(Refusal("NETWORK", f"OAK device: {error}"), header["id"]))


def error_of(refusal, request):
    told = {"type": "error", "id": request, "code": refusal.code, "message": str(refusal)}
    return {**told, "hint": refusal.hint} if refusal.hint else told


def load_depthai():
    try:
        import depthai
    except ImportError as error:
        where = sys.executable or "python"
        raise Refusal("MISSING_TOOL", f"{where}: depthai cannot be imported: {error}", INSTALL) from error
    if int(depthai.__version__.split(".")[0]) < 3:
        raise Refusal("MISSING_TOOL", f"depthai: expected version 3 or later, got {depthai.__version__}", INSTALL)
    return depthai


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device")
    options = parser.parse_args()
    # Whatever prints to stdout, DepthAI's log among it, is not to get between the messages.
    channel = Channel(os.dup(0), os.dup(1))
    os.dup2(2, 1)
    try:
        depthai = load_depthai()
        session = Session(depthai, options.device)
        told = {"platform": session.platform, "deviceId": session.device.getDeviceId()}
        channel.send({"type": "hello", "version": VERSION, **told, "depthai": depthai.__version__})
        Bridge(channel, session).run()
    except Refusal as refusal:
        channel.send(error_of(refusal, None))
        sys.exit(1)
    # Threads that wait for the device would hold the process up.
    os._exit(0)


if __name__ == "__main__":
    main()
