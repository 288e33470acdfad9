"""`python -m chatstream …`."""

from chatstream.cli import main

if __name__ == "__main__":
    main()
