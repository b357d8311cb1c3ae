import subprocess
import sys

import pytest
from tensorboard import context
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from kerasrec.errors import CannotWrite
from kerasrec_tuning.hparams import write_hparams
from kerasrec_tuning.trials import Trial

POINT = {"width": 32, "learning_rate": 1e-3, "schedule": "cosine", "same": True}
DONE = Trial("00", "completed", POINT, 0.0525, 3.25, 60.0, 9000, 1_700_000_060.0)
FAILED = Trial("01", "failed", POINT | {"width": 64}, finished=1_700_000_100.0, reason="It diverged.")


def tab(folder):
    """Returns what the HParams tab shows of a folder: the trials by name."""
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    backend = backend_context.Context(TBContext(data_provider=MultiplexerDataProvider(multiplexer, str(folder))))
    statuses = [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING, api_pb2.STATUS_UNKNOWN]
    request = api_pb2.ListSessionGroupsRequest(slice_size=100, allowed_statuses=statuses)
    groups = list_session_groups.Handler(context.RequestContext(), backend, "", request).run().session_groups
    return {group.name: group for group in groups}


def values(group):
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()}


def metrics(group):
    return {each.name.tag: each.value for each in group.metric_values}


def test_the_tab_shows_hyperparameters_and_results(tmp_path):
    for trial in (DONE, FAILED):
        write_hparams(tmp_path, trial)
    shown = tab(tmp_path)
    assert list(shown) == ["00", "01"]
    assert values(shown["00"]) == POINT
    assert values(shown["01"])["width"] == 64
    assert metrics(shown["00"]) == pytest.approx({"val_cer": 0.0525, "ms_per_line": 3.25, "seconds": 60, "lines": 9000})
    assert metrics(shown["01"]) == {}
    statuses = [group.sessions[0].status for group in shown.values()]
    assert statuses == [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE]
    assert shown["00"].sessions[0].start_time_secs == 1_700_000_000
    assert shown["00"].sessions[0].end_time_secs == 1_700_000_060


def test_a_trial_that_is_written_again_replaces_its_earlier_state(tmp_path):
    write_hparams(tmp_path, Trial("00", "failed", POINT, finished=1.0))
    write_hparams(tmp_path, DONE)
    (file,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    before = file.read_bytes()
    write_hparams(tmp_path, DONE)
    assert file.read_bytes() == before
    (group,) = tab(tmp_path).values()
    assert group.sessions[0].status == api_pb2.STATUS_SUCCESS


def test_a_folder_that_cannot_be_written_to_is_reported(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="could not be written"):
        write_hparams(tmp_path / "file", DONE)


def test_neither_tensorflow_nor_a_tuner_is_needed():
    code = "import kerasrec_tuning.hparams, sys; print(*({'tensorflow', 'keras', 'keras_tuner'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []
