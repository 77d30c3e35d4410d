"""Tests and measures what lies beside this file, on a machine with a GPU; see --help."""

import pathlib
import sys

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "python"))

from gpu_lib.driver import main  # noqa: E402

if __name__ == "__main__":
    main(FOLDER)
