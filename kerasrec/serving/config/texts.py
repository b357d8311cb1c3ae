"""Templates of TensorFlow Serving's configuration files and of a Kubernetes deployment."""

import textwrap
from string import Template

MODELS_CONFIG = Template("""\
model_config_list {
  config {
    name: "$name"
    base_path: "$base_path"
    model_platform: "tensorflow"
    model_version_policy { specific { $versions } }
    version_labels { key: "stable" value: $stable }
    version_labels { key: "canary" value: $canary }
  }
}
""")

# No allowed_batch_sizes: every batch would be padded to the next allowed size and computed in full.
BATCHING = """\
max_batch_size { value: 32 }
batch_timeout_micros { value: 2000 }
max_enqueued_batches { value: 64 }
num_batch_threads { value: 2 }
pad_variable_length_inputs: true
"""

MONITORING = """\
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""

FLAGS = (
    "--port=8500",
    "--rest_api_port=8501",
    "--model_config_file={folder}/models.config",
    "--model_config_file_poll_wait_seconds=60",
    "--allow_version_labels_for_unavailable_models=true",
    "--enable_batching=true",
    "--batching_parameters_file={folder}/batching_parameters.txt",
    "--monitoring_config_file={folder}/monitoring.config",
    "--enable_grpc_healthcheck_service=true",
)

_KUBERNETES = Template("""\
# Run kubectl apply -f kubernetes.yaml, then copy the version folders into the volume, into $name/.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: $name-models
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: $name-config
data:
  models.config: |
$models
  batching_parameters.txt: |
$batching
  monitoring.config: |
$monitoring
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $name
spec:
  replicas: 1
  selector:
    matchLabels:
      app: $name
  template:
    metadata:
      labels:
        app: $name
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "8501"
        prometheus.io/path: /monitoring/prometheus/metrics
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        fsGroup: 1000
      containers:
        - name: serving
          image: $image
          command: [/usr/bin/tensorflow_model_server]
          args:
$arguments
          ports:
            - name: grpc
              containerPort: 8500
            - name: rest
              containerPort: 8501
          # Metadata is available only for a loaded version. A model's status ignores labels.
          readinessProbe:
            httpGet:
              path: /v1/models/$name/labels/stable/metadata
              port: rest
            periodSeconds: 5
          livenessProbe:
            tcpSocket:
              port: grpc
            initialDelaySeconds: 60
            periodSeconds: 20
          resources:
            requests:
              cpu: "1"
              memory: 1Gi
            limits:
              memory: 4Gi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: models
              mountPath: /models
              readOnly: true
            - name: config
              mountPath: /config
              readOnly: true
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: models
          persistentVolumeClaim:
            claimName: $name-models
        - name: config
          configMap:
            name: $name-config
        - name: tmp
          emptyDir: {}
---
apiVersion: v1
kind: Service
metadata:
  name: $name
spec:
  selector:
    app: $name
  ports:
    - name: grpc
      port: 8500
      targetPort: grpc
    - name: rest
      port: 8501
      targetPort: rest
""")


def models_config(name: str, base_path: str, stable: int, canary: int) -> str:
    """Returns a `models.config` that serves two versions of a model, which may be the same."""
    versions = " ".join(f"versions: {version}" for version in sorted({stable, canary}))
    base_path = base_path.replace("\\", r"\\").replace('"', r"\"")
    return MODELS_CONFIG.substitute(name=name, base_path=base_path, versions=versions, stable=stable, canary=canary)


def kubernetes(name: str, image: str, stable: int, canary: int) -> str:
    """Returns a Kubernetes deployment with its configuration, a volume for the model, and a service."""
    arguments = "\n".join(f"- {flag}" for flag in (flag.format(folder="/config") for flag in FLAGS))
    return _KUBERNETES.substitute(
        name=name,
        image=image,
        models=textwrap.indent(models_config(name, f"/models/{name}", stable, canary).rstrip(), " " * 4),
        batching=textwrap.indent(BATCHING.rstrip(), " " * 4),
        monitoring=textwrap.indent(MONITORING.rstrip(), " " * 4),
        arguments=textwrap.indent(arguments, " " * 12),
    )
