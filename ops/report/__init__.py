"""What commands found, for people: on a terminal, or as Markdown in a pull request."""
