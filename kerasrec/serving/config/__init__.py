"""The configuration files of TensorFlow Serving, a Kubernetes deployment, and a README that explains how to use them.

`folder.write_serving_config` writes them.
"""
