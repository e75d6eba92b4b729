"""Sphinx's settings for the book (`make book`); see doc/build.mk."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "_ext"))

project = "Pagewalk"
author = "the Pagewalk authors"
copyright = author
html_title = "Pagewalk"
language = "en"

extensions = ["myst_parser", "pagewalk"]
pagewalk_root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
source_suffix = {".md": "markdown"}
root_doc = "index"
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]

pygments_style = "default"
highlight_language = "none"
smartquotes = False
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_codeblock_linenos_style = "inline"
# Line anchors would make an index of their own.
html_use_index = False

if tags.has("pdf"):                     # noqa: F821 (Sphinx defines it)
    html_theme = "basic"
    templates_path = ["_templates"]
    html_css_files = ["book.css", "print.css"]
else:
    try:
        import furo                     # noqa: F401
        html_theme = "furo"
    except ImportError:
        html_theme = "alabaster"
