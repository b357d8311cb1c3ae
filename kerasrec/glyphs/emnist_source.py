"""Where EMNIST comes from: a prepared folder, `gzip.zip` placed by hand, or a download."""

from pathlib import Path

from kerasrec.errors import DataUnavailable


def prepared_folder(data_dir: Path) -> Path:
    """The folder of the prepared data set under `data_dir`.

    Raises:
        DataUnavailable: The data is neither prepared nor can it be downloaded.
    """
    versions = sorted((data_dir / "tensorflow_datasets" / "emnist" / "byclass").glob("*/dataset_info.json"))
    if not versions:
        raise DataUnavailable(f"EMNIST is not prepared in {data_dir}.")
    return versions[-1].parent
