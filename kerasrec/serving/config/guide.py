"""The page that says how TensorFlow Serving is started with the files beside it."""

import shlex
from importlib.metadata import version as installed
from pathlib import Path
from string import Template

from kerasrec.serving.config.texts import FLAGS

MARK = "Written by `kerasrec export --serving-config`."
"""Tells the page from others."""

_GUIDE = Template("""\
# Serving $name with TensorFlow Serving

$mark Version $stable is `stable`, version $canary is `canary`.

## The binary

```
tensorflow_model_server \\
$binary
```

## Docker

The model and these files are mounted where they lie, so that the same `models.config` serves both ways. Take the newest
tag of the image: the model was made with TensorFlow $tensorflow.

```
docker run --rm -p 8500:8500 -p 8501:8501 \\
  -v $model_mount -v $config_mount \\
  --entrypoint tensorflow_model_server $image \\
$docker
```

## Kubernetes

`kubernetes.yaml` has a deployment that is ready when the model's `stable` version is, the configuration, a volume for
the versions, and a service:

```
kubectl apply -f kubernetes.yaml
```

## Ask

```
kerasrec status --server localhost:8500 --model $name
kerasrec read --server localhost:8500 --model $name --label stable line.png
curl localhost:8501/v1/models/$name
curl -d "{\\"instances\\": [{\\"b64\\": \\"$$(base64 -w0 line.png)\\"}]}" localhost:8501/v1/models/$name:predict
curl localhost:8501/monitoring/prometheus/metrics
```

The server also answers the gRPC health protocol.

## A new version

1. `kerasrec export RUN $base_path` writes the next one. Nothing changes yet: `models.config` says which are served.
2. Let `canary` name it: write its number in `versions` and beside `canary`. The server reads the file every 60 s.
3. Ask the canary: `kerasrec read --server localhost:8500 --model $name --label canary ...`
4. Let `stable` name it too, and take the old number out of `versions`.

## What was tested

`models.config` was parsed by TensorFlow Serving's own message definitions before it was written, the other two by
messages of the same fields, and `kerasrec serve --config models.config` serves the same file. The SavedModel was run by
TensorFlow's own loader and session, without Keras and kerasrec. No `tensorflow_model_server` was run.
""")


def guide(name: str, base_path: Path, folder: Path, image: str, stable: int, canary: int) -> str:
    """The page, with command lines that can be copied."""
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
