"""Where the frozen program begins."""

import sys

from app.main import main

sys.exit(main())
