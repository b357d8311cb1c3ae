"""The client: reads images with a server, TensorFlow Serving or `kerasrec serve`, without TensorFlow or Keras."""

from kerasrec.serving.client.asynchronous import AsyncClient
from kerasrec.serving.client.blocking import Client
from kerasrec.serving.client.connection import TLS
from kerasrec.serving.client.conversation import VersionStatus
from kerasrec.serving.client.encoded_images import Image, Picture

__all__ = ["TLS", "AsyncClient", "Image", "Picture", "Client", "VersionStatus"]
