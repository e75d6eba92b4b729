# The book: chapters, and the sources with numbered lines, as HTML and as PDF.
#
# Sphinx (with MyST for Markdown, and the theme Furo) makes the pages, and
# WeasyPrint the PDF; they come with Debian and Ubuntu, for the system's own
# Python. CONTRIBUTING.md says why these.

.PHONY: book book-tools book-html book-pdf check-book

BOOK_PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
BOOK := $(OBJDIR)/book
# -W: a reference that leads nowhere is an error.
BOOK_STRICT ?= -W --keep-going
SPHINX = $(BOOK_PYTHON) -m sphinx -q $(BOOK_STRICT) -c doc

book: book-html book-pdf

book-tools:
	@$(BOOK_PYTHON) -c 'import sphinx, myst_parser' 2>/dev/null || { \
		echo "make book needs Sphinx and MyST: sh conf/setup --all" >&2; \
		exit 1; }

book-html: book-tools
	$(call say,BOOK,$(BOOK)/html/index.html)
	$(Q)$(BOOK_PYTHON) -B doc/_ext/gather.py '$(BOOK)/pages' html
	$(Q)$(SPHINX) -b html -d '$(BOOK)/html.cache' '$(BOOK)/pages' '$(BOOK)/html'

book-pdf: book-tools
	$(call say,BOOK,$(BOOK)/pagewalk.pdf)
	$(Q)$(BOOK_PYTHON) -B doc/_ext/gather.py '$(BOOK)/pages-pdf' pdf
	$(Q)$(SPHINX) -t pdf -b singlehtml -d '$(BOOK)/pdf.cache' \
		'$(BOOK)/pages-pdf' '$(BOOK)/single'
	$(Q)weasyprint -q '$(BOOK)/single/index.html' '$(BOOK)/pagewalk.pdf'

# What the book says of the code still holds: references, mutants, targets; and
# what a kernel prints is what the transcripts show.
check-book: all
	@$(PYTHON) -B test/book/check.py --image $(IMAGE)

check: check-book
