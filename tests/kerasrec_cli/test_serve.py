"""`kerasrec serve` as a user calls it: in its own process, stopped by a signal."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from kerasrec.serving import wire
from kerasrec_cli import serve

LONG = 60  # seconds; nothing here takes as long


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with versions 1 and 2 of a model that counts the bytes of its inputs."""
    folder = tmp_path_factory.mktemp("models") / "counter"
    function = tf.function(
        lambda image_bytes: {wire.TEXT: tf.strings.as_string(tf.strings.length(image_bytes))},
        input_signature=[tf.TensorSpec((None,), tf.string, wire.IMAGE_BYTES)],
    )
    tf.saved_model.save(tf.Module(), str(folder / "1"), signatures={wire.SERVING_DEFAULT: function})
    shutil.copytree(folder / "1", folder / "2")
    return folder


class Process:
    """A server in its own process, on free ports: what it printed until it was ready, and where it listens."""

    def __init__(self, *arguments):
        command = [sys.executable, "-c", "from kerasrec_cli.main import run; run()", "serve", *map(str, arguments)]
        command += ["--port", "0", "--rest-port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._timer = threading.Timer(LONG, self._process.kill)
        self._timer.start()
        self.printed = []
        for line in self._process.stdout:
            self.printed.append(line.rstrip("\n"))
            if line.startswith("Press Ctrl-C"):
                break
        else:
            pytest.fail(f"{self.printed} {self._process.stderr.read()}")
        text = "\n".join(self.printed)
        self.web = re.search(r"^Page +(\S+)/$", text, re.MULTILINE)[1]
        self.grpc = re.search(r"^gRPC +(\S+)", text, re.MULTILINE)[1]

    def end(self, number):
        """Sends a signal, and returns the exit code and the output on stdout and stderr."""
        self._process.send_signal(number)
        out, errors = self._process.communicate(timeout=LONG)
        return self._process.returncode, out, errors

    def close(self):
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start():
    processes = []

    def run(*arguments):
        processes.append(Process(*arguments))
        return processes[-1]

    yield run
    for process in processes:
        process.close()


def ask(channel, name, content, version=None):
    request = PredictRequest()
    request.model_spec.name = name
    if version:
        request.model_spec.version.value = version
    request.inputs[wire.IMAGE_BYTES].CopyFrom(tf.make_tensor_proto([content]))
    response = PredictionServiceStub(channel).Predict(request, timeout=LONG)
    return response.outputs[wire.TEXT].string_val[0], response.model_spec.version.value


def test_it_says_what_it_serves_and_where_and_ends_on_sigterm(start, model):
    server = start(model)
    assert [line.split()[0] for line in server.printed] == ["Page", "REST", "gRPC", "Read", "Press"]
    assert server.printed[2].endswith("model counter, version 2")
    with grpc.insecure_channel(server.grpc) as channel:
        assert ask(channel, "counter", b"1234") == (b"4", 2)
    with urllib.request.urlopen(f"{server.web}/", timeout=LONG) as page:
        assert b"<html" in page.read()
    with urllib.request.urlopen(f"{server.web}/v1/models/counter", timeout=LONG) as status:
        assert json.load(status)["model_version_status"][0]["version"] == "2"
    code, out, errors = server.end(signal.SIGTERM)
    assert (code, out) == (0, "Stopping: requests in progress have 10 s to finish.\n")
    assert errors == "counter: version 2 is served.\ncounter: version 2 is no longer served.\n"


def test_a_config_tls_and_ctrl_c(start, model, certificates, tmp_path):
    config = tmp_path / "models.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "counter" base_path: "{model}" model_platform: "tensorflow" '
        "model_version_policy { all {} } } }"
    )
    cert, key = certificates / "server.pem", certificates / "server.key"
    server = start("--config", config, "--tls-cert", cert, "--tls-key", key)
    assert server.web.startswith("https://127.0.0.1:")
    assert "model counter, version 2, 1" in server.printed[2]
    credentials = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes())
    with grpc.secure_channel(server.grpc, credentials) as channel:
        assert ask(channel, "counter", b"12", version=1) == (b"2", 1)
    assert server.end(signal.SIGINT)[0] == 0


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A folder with ca.pem, and server.pem and server.key for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make certificates")
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "extension").write_text("subjectAltName=IP:127.0.0.1")
    new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    for arguments in (
        f"req -x509 {new} -keyout ca.key -out ca.pem -subj /CN=ca",
        f"req {new} -keyout server.key -out server.csr -subj /CN=server",
        "x509 -req -in server.csr -out server.pem -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extension",
    ):
        subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "Expected the folder of a model, or --config FILE, but received neither."),
        (["{model}", "--config", "x"], 2, "Expected the folder of a model, or --config FILE, but received both."),
        (
            ["{model}", "--version", "1", "--all-versions"],
            2,
            "Expected --version N or --all-versions, but received both.",
        ),
        (["--config", "x", "--all-versions"], 2, "The names and versions to serve are in x."),
        (["--config", "x", "--name", "foo"], 2, "The names and versions to serve are in x."),
        (["--config", "{empty_config}"], 2, "but {empty_config} has none. Add one."),
        (["{model}", "--name", ""], 2, "Expected a name for the model, but received none."),
        (["{model}", "--version", "99999999999999999999999"], 2, "--version"),
        (["{model}", "--host", "nosuchhost.invalid"], 1, "of nosuchhost.invalid is not available"),
        (["--config", "nowhere"], 2, "nowhere cannot be read: [Errno 2] No such file"),
        (["nowhere"], 2, "nowhere is not a folder. `kerasrec export RUN FOLDER` creates one."),
        (["{empty}"], 2, "has no folder whose name is a number. `kerasrec export RUN FOLDER` creates one."),
        (
            ["{run}"],
            2,
            "is a run, but a server needs an exported model. Export it first: `kerasrec export {run} FOLDER`.",
        ),
        (["{model}/1"], 2, "is a single version of a model. Give the folder of all its versions"),
        (["{model}", "--version", "9"], 2, "{model} has no version 9. Choose one of 1, 2."),
        (
            ["{model}", "--port", "8777", "--rest-port", "8777"],
            2,
            "two ports, but received 8777 for both gRPC and REST",
        ),
        (["{model}", "--max-message-mb", "inf"], 2, "2047"),
        (["{model}", "--poll-seconds", "inf"], 2, "at most 86400, but received inf"),
        (["{model}", "--batch-timeout-micros", "99999999999999999"], 2, "but received 99999999999999999"),
        (["{broken}"], 1, "broken due to error: {broken}/1 cannot be loaded"),
        (["{model}", "--port", "{taken}"], 1, "Port {taken} of 127.0.0.1 is not available"),
        (["{model}", "--rest-port", "{taken}"], 1, "Port {taken} of 127.0.0.1 is not available"),
        (["{model}", "--tls-cert", "x.pem"], 2, "but --tls-key is missing"),
        (["{model}", "--tls-cert", "x.pem", "--tls-key", "x.key"], 2, "but received x.pem and x.key: "),
        (["{model}", "--port", "65536"], 2, "--port"),
        (["{model}", "--max-images", "0"], 2, "--max-images"),
        (["{model}", "--batch-threads", "0"], 2, "--batch-threads"),
        (["{model}", "--deadline", "0"], 2, "--deadline"),
    ],
)
def test_wrong_usage_is_explained(kerasrec, model, tmp_path, arguments, code, text):
    places = {"model": model, **{name: tmp_path / name for name in ("empty", "run", "broken")}}
    for name in ("empty", "run", "broken/1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "run" / "settings.json").touch()
    places["empty_config"] = tmp_path / "models.config"
    places["empty_config"].touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        places["taken"] = taken.getsockname()[1]
        ports = [] if any("port" in each for each in arguments) else ["--port", 0, "--rest-port", 0]
        free = (
            []
            if {"--port", "--rest-port"} <= set(arguments)
            else ["--port", 0]
            if "--rest-port" in arguments
            else ["--rest-port", 0]
            if "--port" in arguments
            else ports
        )
        result = kerasrec("serve", *(each.format(**places) for each in arguments), *free)
    assert (result.exit_code, result.stdout) == (code, "")
    assert text.format(**places) in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("host", "address", "is_open"),
    [
        ("127.0.0.1", "127.0.0.1", False),
        ("127.1.2.3", "127.1.2.3", False),
        ("localhost", "localhost", False),
        ("::1", "[::1]", False),
        ("0.0.0.0", "localhost", True),
        ("::", "localhost", True),
        ("reader.example", "reader.example", True),
    ],
)
def test_access_from_other_machines_is_pointed_out(capsys, host, address, is_open):
    server = SimpleNamespace(
        ports=SimpleNamespace(grpc=8500, rest=8501), core=SimpleNamespace(available={"lines": [2]})
    )
    serve._print_addresses(server, SimpleNamespace(host=host, tls=None))
    printed = capsys.readouterr().out
    assert printed.startswith(f"Page   http://{address}:8501/\n")
    assert f"gRPC   {address}:8500   model lines, version 2\n" in printed
    assert f"Read   kerasrec read --server {address}:8500 --model lines line.png\n" in printed
    assert ("Anyone who can reach this machine can use the server" in printed) == is_open
    serve._print_addresses(server, SimpleNamespace(host=host, tls=SimpleNamespace(client_ca="ca.pem")))
    printed = capsys.readouterr().out
    assert "Anyone" not in printed
    assert "--model lines --tls-ca CA.pem --tls-cert CERT.pem --tls-key KEY.pem line.png\n" in printed


def test_only_a_second_ctrl_c_interrupts_the_shutdown(capsys, monkeypatch):
    monkeypatch.setattr(serve.gc, "freeze", lambda: None)

    def server(second):
        return SimpleNamespace(
            start=lambda: signal.raise_signal(signal.SIGTERM),
            stop=lambda grace: signal.raise_signal(second),
            ports=SimpleNamespace(grpc=8500, rest=8501),
            core=SimpleNamespace(available={}),
        )

    settings = SimpleNamespace(host="127.0.0.1", tls=None)
    serve._run(server(signal.SIGTERM), settings)
    with pytest.raises(KeyboardInterrupt):
        serve._run(server(signal.SIGINT), settings)


def test_a_recognizer_of_the_package_is_exported_once(monkeypatch, tmp_path):
    class Fake:
        def export(self, folder: Path) -> None:
            exported.append(folder)
            (folder / "1").mkdir(parents=True)

    exported, file = list[Path](), tmp_path / "handwriting.keras"
    file.write_bytes(b"weights")
    monkeypatch.setattr("kerasrec.training.run.open_recognizer", lambda file: Fake())
    folders = [serve._export_once(file) for _ in range(2)]
    file.write_bytes(b"other weights")
    folders.append(serve._export_once(file))
    assert exported == [folders[0], folders[2]] and folders[0] == folders[1] != folders[2]
    assert all(folder.name == "handwriting" for folder in folders)
