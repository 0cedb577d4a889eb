"""`python -m collabchat` does what `collabchat` does."""

from collabchat.cli import main

if __name__ == "__main__":
    main()
