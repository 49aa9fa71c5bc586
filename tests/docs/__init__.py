"""What is generated of the program's own words: man pages, the command reference, the contract.

commands   every command, with what its help says      texts      help's prose, examples, exit codes
man        a page of man(1) for each                   roff       text as man pages have it
reference  docs/commands.md                            markdown   text as GitHub shows it
contract   what scripts may rely on, as data           pictures   docs/pictures
sessions   pages of Markdown, run as a reader would

`python3 dev.py docs` writes the files; without `--write` the tests compare them.
"""
