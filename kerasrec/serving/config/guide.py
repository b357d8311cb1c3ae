"""The README that explains how to start TensorFlow Serving with the files beside it."""

import shlex
from importlib.metadata import version as installed
from pathlib import Path
from string import Template

from kerasrec.serving.config.texts import FLAGS

MARK = "Written by `kerasrec export --serving-config`."
"""Marks a README as written by kerasrec."""

_GUIDE = Template("""\
# Serving $name with TensorFlow Serving

$mark Version $stable has the label `stable`, version $canary the label `canary`.

## The binary

```
tensorflow_model_server \\
$binary
```

## Docker

The model and these files are mounted at the same paths as on this machine, so that one `models.config` works with and
without Docker. Use the newest tag of the image: the model was exported with TensorFlow $tensorflow.

```
docker run --rm -p 8500:8500 -p 8501:8501 \\
  -v $model_mount -v $config_mount \\
  --entrypoint tensorflow_model_server $image \\
$docker
```

## Kubernetes

`kubernetes.yaml` defines a deployment, its configuration, a volume for the versions, and a service. The deployment is
ready when the model's `stable` version is loaded.

```
kubectl apply -f kubernetes.yaml
```

## Send requests

```
kerasrec status --server localhost:8500 --model $name
kerasrec read --server localhost:8500 --model $name --label stable line.png
curl localhost:8501/v1/models/$name
curl -d "{\\"instances\\": [{\\"b64\\": \\"$$(base64 -w0 line.png)\\"}]}" localhost:8501/v1/models/$name:predict
curl localhost:8501/monitoring/prometheus/metrics
```

The server also answers the gRPC health protocol.

## A new version

1. Export it: `kerasrec export RUN $base_path`. The server does not load it yet, because `models.config` says which
   versions it serves.
2. Make it the canary: in `models.config`, add its number to `versions` and set the value of `canary` to it. The server
   reads the file every 60 s.
3. Test the canary: `kerasrec read --server localhost:8500 --model $name --label canary ...`
4. Make it stable: set the value of `stable` to it, and remove the old number from `versions`.

## What was tested

Before it was written, `models.config` was parsed with TensorFlow Serving's own message definitions, and
`batching_parameters.txt` and `monitoring.config` with messages that have the same fields. `kerasrec serve --config
models.config` accepts the same file. The SavedModel was run with TensorFlow's own loader and session, without Keras and
kerasrec. It was not tested with `tensorflow_model_server`.
""")


def guide(name: str, base_path: Path, folder: Path, image: str, stable: int, canary: int) -> str:
    """Returns the README, with command lines to copy."""
    flags = " \\\n".join(f"  {shlex.quote(flag.format(folder=folder))}" for flag in FLAGS)
    return _GUIDE.substitute(
        mark=MARK,
        name=name,
        base_path=shlex.quote(str(base_path)),
        model_mount=shlex.quote(f"{base_path}:{base_path}:ro"),
        config_mount=shlex.quote(f"{folder}:{folder}:ro"),
        image=image,
        tensorflow=installed("tensorflow"),
        stable=stable,
        canary=canary,
        binary=flags,
        docker=flags,
    )
