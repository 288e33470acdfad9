"""`python -m chatstream …`."""

from chatstream.commands.cli import main

if __name__ == "__main__":
    main()
