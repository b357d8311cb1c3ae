"""What TensorFlow Serving is started with: its configuration files, a Kubernetes deployment, and a page that says how.

`folder.write_serving_config` writes them.
"""
