"""`python -m rnn_core`: the command line."""

import sys

from rnn_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
