"""Sphinx extension: source pages, and references to them.

    ```{source} kern/page.c     a file with numbered lines, each with an anchor
    {line}`kern/page.c:120`     a link to a line
    `page_insert()`             see references.py: a link; at its first mention
                                in a section, file and line follow
"""

import os

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.util import logging

import references

logger = logging.getLogger(__name__)

LANGUAGES = {".c": "c", ".h": "c", ".S": "gas", ".ld": "text"}

_tree = None


def tree(app):
    global _tree
    if _tree is None:
        _tree = references.Tree(app.config.pagewalk_root)
    return _tree


def anchor(file):
    return file.replace("/", "-")


class Source(Directive):
    required_arguments = 1

    def run(self):
        app = self.state.document.settings.env.app
        file = self.arguments[0]
        self.state.document.settings.env.note_dependency(
            os.path.join(app.config.pagewalk_root, file))
        # A form feed and a tab have no width that all programs agree on.
        text = tree(app).read(file).expandtabs(8).rstrip("\n")
        block = nodes.literal_block(text, text, classes=["source"])
        block["language"] = LANGUAGES.get(os.path.splitext(file)[1], "text")
        block["linenos"] = True
        block["force"] = True
        block["highlight_args"] = {"lineanchors": anchor(file),
                                   "linenostart": 1}
        return [block]


def line_role(_name, rawtext, text, _lineno, _inliner, _options=None,
              _content=None):
    return [nodes.literal(rawtext, text, classes=["line"])], []


def uri(app, docname, place):
    """Where a place's page is, as seen from docname; None if it has none."""
    page = "source/" + place.file
    if page not in app.env.found_docs:
        return None
    target = app.builder.get_relative_uri(docname, page)
    if place.line is not None:
        target += "#%s-%d" % (anchor(place.file), place.line)
    return target


def section_of(node):
    while node.parent is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node


def link(target, child):
    if not target:
        return child
    reference = nodes.reference("", "", internal=True, refuri=target)
    reference += child
    return reference


def inside(node, *kinds):
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def page_of(node, docname):
    """The page that a node is from: a single document holds all of them."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.section) and "docname" in node:
            return node["docname"]
    return docname


def elsewhere(app, docname, known={}):
    """The spans that a page declares to be of other trees."""
    if docname not in known:
        with open(app.env.doc2path(docname), encoding="utf-8") as stream:
            known[docname] = references.elsewhere(stream.read())
    return known[docname]


def resolve(app, doctree, docname):
    mentioned = set()
    for node in doctree.findall(nodes.literal_block):
        if "source" in node["classes"]:
            section_of(node)["classes"].append("source-page")
    for node in list(doctree.findall(nodes.literal)):
        span = node.astext()
        if "line" in node["classes"]:
            file, _, line = span.rpartition(":")
            place = references.Place(file, int(line))
            node.replace_self(link(uri(app, docname, place),
                                   nodes.inline("", span, classes=["place"])))
            continue
        if span in elsewhere(app, page_of(node, docname)):
            continue
        try:
            place = tree(app).resolve(span)
        except references.Unknown as unknown:
            logger.warning("%s", unknown, location=node)
            continue
        if place is None or inside(node, nodes.title, nodes.reference):
            continue
        target = uri(app, docname, place)
        if place.line is not None and ":" in span:
            node = _rename(node, span.rpartition(":")[2])
        new = [link(target, node.deepcopy())]
        key = (id(section_of(node)), span)
        if place.line is not None and key not in mentioned and \
                not inside(node, nodes.table):
            mentioned.add(key)
            new.append(nodes.Text(" "))
            new.append(link(target, nodes.inline(
                "", str(place), classes=["where"])))
        node.replace_self(new)


def _rename(node, text):
    node[0] = nodes.Text(text)
    return node


def setup(app):
    app.add_config_value("pagewalk_root", None, "env")
    app.add_directive("source", Source)
    app.add_role("line", line_role)
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
