"""Keras as kerasrec needs it, whatever the user's settings of Keras are; every other module imports it from here.

kerasrec computes with TensorFlow, in float32 unless a dtype policy says otherwise, and on images with their channels
last. Importing this module sets that for the whole process, over `KERAS_BACKEND` and the other variables of Keras, and
over keras.json.
"""

import logging
import os
import sys

from kerasrec.errors import UsageError

_LIMITS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")  # would end each training early, for a quick look

_LOADED_BEFORE = "keras" in sys.modules
if not _LOADED_BEFORE:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    for _name in _LIMITS:
        os.environ.pop(_name, None)

try:
    import keras
    from keras import layers, ops
except ModuleNotFoundError as error:
    raise UsageError(
        f"{str(error.name).partition('.')[0]} is not installed, which only ONNX files are read without. Install "
        "kerasrec with all that it needs: pip install kerasrec"
    ) from error
except (ValueError, TypeError, AttributeError) as error:  # of keras.json
    raise UsageError(
        f"Keras cannot start with its settings in {os.environ.get('KERAS_HOME', '~/.keras')}/keras.json: {error} "
        "Correct the file, or delete it."
    ) from error

__all__ = ["keras", "layers", "ops"]


def configure() -> None:
    """Sets what kerasrec needs; settings that a program made before are replaced with a warning.

    Raises:
        UsageError: Keras runs on another backend already.
    """
    config = keras.config
    if config.backend() != "tensorflow":
        raise UsageError(
            f"kerasrec computes with TensorFlow, but this program has imported Keras with {config.backend()}. Set "
            "KERAS_BACKEND=tensorflow before the program starts."
        )
    for name, needed in {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}.items():
        if (value := getattr(config, name)()) != needed:
            getattr(config, f"set_{name}")(needed)
            if _LOADED_BEFORE:
                logging.getLogger("kerasrec").warning("Keras's %s is now %s for kerasrec, not %s.", name, needed, value)


configure()
