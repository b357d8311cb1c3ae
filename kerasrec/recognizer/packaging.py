"""`python -m kerasrec.recognizer.packaging RUN NAME`: puts the recognizer of a run into the package, in half precision.

The files are NAME.keras, which can be trained further, and NAME.onnx, which reads without TensorFlow.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx

from kerasrec import weights
from kerasrec.recognizer.recognizer import Recognizer

_WEIGHTS = "model.weights.h5"


def main(run: str, name: str) -> None:
    """Stores a recognizer, also as an ONNX file, and says how large they are."""
    target = Path(weights.__file__).parent / f"{name}.keras"
    store(Path(run) / "recognizer.keras", target)
    onnx_file = Recognizer.load(target).export_onnx(target.with_suffix(".onnx")).file
    halve_onnx(onnx_file)
    for file in (target, onnx_file):
        print(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")


def store(source: Path, target: Path) -> None:
    """Copies the file of a recognizer, with its weights as compressed float16; they are loaded as float32."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new, tempfile.TemporaryDirectory() as folder:
        for entry in old.namelist():
            if entry != _WEIGHTS:
                new.writestr(entry, old.read(entry))
        old.extract(_WEIGHTS, folder)
        halved = Path(folder) / "half.h5"
        _halve(Path(folder) / _WEIGHTS, halved)
        new.write(halved, _WEIGHTS)


def _halve(source: Path, target: Path) -> None:
    with h5py.File(source) as old, h5py.File(target, "w") as new:

        def copy(name: str, node: h5py.Group | h5py.Dataset) -> None:
            if isinstance(node, h5py.Dataset):
                values = node[()]
                halved = values.astype(np.float16) if values.dtype == np.float32 else values
                made = new.create_dataset(name, data=halved, compression="gzip" if halved.ndim else None)
            else:
                made = new.require_group(name)
            made.attrs.update(node.attrs)

        new.attrs.update(old.attrs)
        old.visititems(copy)


def halve_onnx(file: Path) -> None:
    """Stores the weights of an ONNX file as float16, which ONNX Runtime converts to float32 when it opens the file."""
    model = onnx.load(file)
    for weight in model.graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT:
            values, name = onnx.numpy_helper.to_array(weight), weight.name
            weight.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            cast = onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT)
            model.graph.node.insert(0, cast)
    onnx.save(model, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
