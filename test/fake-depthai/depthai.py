"""As much of DepthAI as the bridge uses, without a device: what its networks answer can be worked out by hand.

DEPTHAI_FAKE names what goes wrong: "none" no device, "old" version 2, "noisy" prints to stdout, "unplugged" fails at the third
frame, "refuses" takes no network, "still" has a camera that gives no frames.
"""

import enum
import json
import os
import queue
import tarfile
import threading
import types
from datetime import timedelta

import numpy

FAULT = os.environ.get("DEPTHAI_FAKE", "")
__version__ = "2.30.0" if FAULT == "old" else "3.4.0"

CameraBoardSocket = types.SimpleNamespace(AUTO="auto", CAM_A="a", CAM_B="b")
ImgResizeMode = enum.Enum("ImgResizeMode", ["CROP", "STRETCH", "LETTERBOX"])
DataType = enum.Enum("DataType", ["FP16", "U8F", "INT", "FP32", "I8", "FP64"])
StorageOrder = enum.Enum("StorageOrder", ["NCHW", "NC", "C"])


def DeviceInfo(name):
    return name


class Device:
    def __init__(self, info=None):
        if FAULT == "none" or info == "missing":
            raise RuntimeError("No available devices")
        self.info = info
        self.closed = False

    def getPlatform(self):
        return types.SimpleNamespace(name="RVC2")

    def getDeviceId(self):
        return self.info or "FAKE0"


class MessageQueue:
    class QueueException(RuntimeError):
        pass

    def __init__(self, maxSize=16, blocking=True):
        self._queue = queue.Queue(maxSize if blocking else 0)
        self._latest = not blocking

    def send(self, message):
        while self._latest and not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put(message)

    def get(self):
        message = self._queue.get()
        if message is None:
            raise MessageQueue.QueueException("MessageQueue was closed")
        return message

    def close(self):
        self._queue.queue.clear()
        self._queue.put(None)


class ImgFrame:
    Type = enum.Enum("Type", ["RGB888p", "BGR888p", "RGB888i", "BGR888i", "GRAY8"])

    def __init__(self):
        self._sequence = 0

    def _set(name):
        def set_(self, value):
            setattr(self, "_" + name, value)

        return set_

    setType, setWidth, setHeight, setStride, setSequenceNum = map(_set, ["type", "width", "height", "stride", "sequence"])

    def setData(self, data):
        assert data.dtype == numpy.uint8
        self._data = data.copy()

    def getData(self):
        return self._data

    def getType(self):
        return self._type

    def getWidth(self):
        return self._width

    def getHeight(self):
        return self._height

    def getStride(self):
        return self._stride

    def getSequenceNum(self):
        return self._sequence

    def getTimestamp(self):
        return timedelta(milliseconds=5000 + 40 * self._sequence)


class NNArchive:
    def __init__(self, path):
        with tarfile.open(path) as tar:
            self.config = json.load(tar.extractfile("config.json"))
        assert self.config["model"]["metadata"]["path"].endswith(".blob")


class NNData:
    """The mean of each plane of a frame, as FP32 and quantised."""

    def __init__(self, frame):
        planes = frame.getData().reshape(3, frame.getHeight(), frame.getStride())[:, :, : frame.getWidth()]
        means = planes.reshape(3, -1).mean(axis=1).astype(numpy.float32)
        quantised = numpy.round(means / 2).astype(numpy.uint8)
        self._data = numpy.frombuffer(means.tobytes() + bytes(52) + quantised.tobytes(), numpy.uint8)

    def getData(self):
        return self._data

    def getAllLayers(self):
        plain = {"quantization": False, "qpScale": 1.0, "qpZp": 0.0}
        quantised = {"quantization": True, "qpScale": 2.0, "qpZp": 0.0}
        fp32 = dict(name="means", dataType=DataType.FP32, order=StorageOrder.NC, dims=[1, 3], strides=[12, 4], offset=0)
        u8 = dict(name="halves", dataType=DataType.U8F, order=StorageOrder.C, dims=[3], strides=[1], offset=64)
        return [types.SimpleNamespace(**fp32, **plain), types.SimpleNamespace(**u8, **quantised)]


class NeuralNetwork:
    def __init__(self):
        self._in = self._out = None
        self.input = types.SimpleNamespace(createInputQueue=self._create_in)
        self.out = types.SimpleNamespace(createOutputQueue=self._create_out)

    def _create_in(self, maxSize, blocking):
        self._in = MessageQueue(maxSize, blocking)
        return self._in

    def _create_out(self, maxSize, blocking):
        self._out = MessageQueue(maxSize, blocking)
        return self._out

    def setNNArchive(self, archive):
        if FAULT == "refuses":
            raise RuntimeError("blob compiled for another device")

    def run(self):
        for count in range(1, 10**9):
            frame = self._in.get()
            if FAULT == "unplugged" and count == 3:
                return self._out.close()
            self._out.send(NNData(frame))


class Camera:
    def build(self, socket):
        return self

    def requestOutput(self, size, type, resizeMode, fps):
        assert isinstance(resizeMode, ImgResizeMode)
        self._size, self._type = size, type
        return types.SimpleNamespace(createOutputQueue=self._create_out)

    def _create_out(self, maxSize, blocking):
        self._out = MessageQueue(maxSize, blocking)
        return self._out

    def run(self):
        width, height = self._size
        for number in range(0 if FAULT == "still" else 10**9):
            frame = ImgFrame()
            frame.setType(self._type)
            frame.setWidth(width)
            frame.setHeight(height)
            frame.setStride(width)
            frame.setSequenceNum(number)
            # Blue is the number, green the column, red the row.
            rows, columns = numpy.mgrid[0:height, 0:width]
            frame.setData(numpy.stack([0 * rows + number % 256, columns, rows]).astype(numpy.uint8).reshape(-1))
            self._out.send(frame)
            threading.Event().wait(0.002)


node = types.SimpleNamespace(NeuralNetwork=NeuralNetwork, Camera=Camera)


class Pipeline:
    def __init__(self, device):
        assert not device.closed
        self._device = device
        self._nodes = []

    def create(self, cls):
        self._nodes.append(cls())
        return self._nodes[-1]

    def start(self):
        if FAULT == "noisy":
            print("a line that somebody printed")
            os.system("echo another one, from a process of its own")
        for node in self._nodes:
            threading.Thread(target=self._run, args=(node,), daemon=True).start()

    @staticmethod
    def _run(node):
        try:
            node.run()
        except MessageQueue.QueueException:
            pass

    def stop(self):
        self._device.closed = True
        for node in self._nodes:
            for end in (getattr(node, "_in", None), node._out):
                if end is not None:
                    end.close()
