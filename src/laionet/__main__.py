"""``python -m laionet``."""

from laionet.cli import main

if __name__ == "__main__":
    main()
