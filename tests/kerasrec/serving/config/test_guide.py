from pathlib import Path

from kerasrec.serving.config.guide import guide


def test_the_readme_says_how_to_start_query_and_promote():
    page = guide("lines", Path("/m/lines"), Path("/deploy"), "tensorflow/serving:2.21.0", 1, 2)
    assert "Version 1 has the label `stable`, version 2 the label `canary`" in page
    assert "--entrypoint tensorflow_model_server tensorflow/serving:2.21.0" in page
    assert "kerasrec read --server localhost:8500 --model lines --label stable line.png" in page
    assert "$" not in page.replace("$(base64", "")  # nothing is left to fill in
