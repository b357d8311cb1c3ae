from pathlib import Path

from kerasrec.serving.config.guide import guide


def test_it_says_how_to_start_ask_and_promote():
    page = guide("lines", Path("/m/lines"), Path("/deploy"), "tensorflow/serving:2.21.0", 1, 2)
    assert "Version 1 is `stable`, version 2 is `canary`" in page
    assert "--entrypoint tensorflow_model_server tensorflow/serving:2.21.0" in page
    assert "kerasrec read --server localhost:8500 --model lines --label stable line.png" in page
    assert "$" not in page.replace("$(base64", "")  # nothing is left to fill in
