"""Trials for TensorBoard's HParams tab: one folder per trial, with its hyperparameters and results."""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event  # type: ignore[import-untyped]
from tensorboard.compat.proto.summary_pb2 import Summary  # type: ignore[import-untyped]
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2  # type: ignore[import-untyped]
from tensorboard.plugins.hparams.summary_v2 import hparams_pb  # type: ignore[import-untyped]
from tensorboard.summary.writer.record_writer import RecordWriter  # type: ignore[import-untyped]

from kerasrec.storage import write_atomically
from kerasrec_tuning.trials import Trial

_METRICS = ("val_cer", "ms_per_line", "seconds", "lines")
_FILE = "events.out.tfevents.0.trial"  # TensorBoard recognizes its files by "tfevents"


def write_hparams(folder: Path, trial: Trial) -> None:
    """Writes a trial that has ended, replacing its earlier state; `tensorboard --logdir FOLDER` shows it.

    Args:
        folder: The folder of all trials' logs; each trial gets a subfolder.
        trial: A completed or failed trial.

    Raises:
        CannotWrite: The folder cannot be written to, or the disk is full.
    """
    end = trial.finished or 0.0
    start = end - (trial.seconds or 0.0)
    metrics = {name: getattr(trial, name) for name in _METRICS if getattr(trial, name) is not None}
    events = [
        Event(wall_time=start, file_version="brain.Event:2"),
        Event(wall_time=start, summary=hparams_pb(trial.hyperparameters, trial.id, start)),
        *(Event(wall_time=end, step=trial.lines or 0, summary=_scalar(name, metrics[name])) for name in metrics),
        Event(wall_time=end, summary=_session_end(trial, end)),
    ]

    def write(file: Path) -> None:
        with file.open("wb") as stream:
            writer = RecordWriter(stream)
            for event in events:
                writer.write(event.SerializeToString())

    write_atomically(folder / trial.id / _FILE, write)


def _scalar(name: str, value: float) -> Summary:
    return Summary(value=[Summary.Value(tag=name, simple_value=value)])


def _session_end(trial: Trial, end: float) -> Summary:
    status = api_pb2.STATUS_SUCCESS if trial.status == "completed" else api_pb2.STATUS_FAILURE
    data = plugin_data_pb2.HParamsPluginData(
        session_end_info=plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=end)
    )
    tag, about = metadata.SESSION_END_INFO_TAG, metadata.create_summary_metadata(data)
    return Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=metadata.NULL_TENSOR)])
