"""An event file by TensorBoard's own record writer and messages, as hexadecimal.

Run from erasus-eval: python src/test/golden/events.py      (pip install tensorboard)
"""
import io

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from common import write

out = io.BytesIO()
out.close = lambda: None
writer = RecordWriter(out)
writer.write(Event(wall_time=1234567890.5, file_version="brain.Event:2").SerializeToString())
scalars = [(0, "step/loss", 2.25), (300, "step/loss", -0.1), (5_000_000_000, "epoch/größe", 1e30)]
for step, tag, value in scalars:
    writer.write(Event(wall_time=1234567890.5, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)])).SerializeToString())
writer.flush()
write("events", [{"tensorboard": tensorboard.__version__, "scalars": [[s, t, v] for s, t, v in scalars], "hex": out.getvalue().hex()}])
