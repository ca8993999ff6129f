"""`python -m envtool` is `envtool`."""

from envtool.cli import main

if __name__ == "__main__":
    main()
