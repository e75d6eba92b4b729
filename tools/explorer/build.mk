# The memory explorer: one page with an emulator, the kernel's image and what the
# build knows about the kernel. Only this folder needs node, npm and SeaBIOS; see
# doc/c-explorer.md.

EXPLORER := tools/explorer
EXPLORER_OBJ := $(OBJDIR)/explorer
NODE ?= node
NPM ?= npm

export NODE NPM CHROMIUM

.PHONY: explorer explore check-explorer run-explorer-tests bench-explorer

# npm installs exactly the packages of the lock file.
EXPLORER_PACKAGES := $(EXPLORER)/node_modules/.package-lock.json
$(EXPLORER_PACKAGES): $(EXPLORER)/package.json $(EXPLORER)/package-lock.json
	$(call say,NPM,$(EXPLORER))
	$(Q)sh $(EXPLORER)/build/packages

# --- Facts about the kernel -------------------------------------------------

$(EXPLORER_OBJ)/layout.o: $(EXPLORER)/layout.c $(OBJDIR)/.stamp-cc
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(WARN_CFLAGS) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

$(EXPLORER_OBJ)/layout.bin: $(EXPLORER_OBJ)/layout.o
	$(Q)$(OBJCOPY) -O binary --only-section=.facts $< $@~
	$(Q)$(MOVE)

# The pattern serves the broken kernels of the tests as well.
$(EXPLORER_OBJ)/%/facts.json: $(EXPLORER_OBJ)/%/kernel \
		$(EXPLORER_OBJ)/%/ksyms.S $(EXPLORER_OBJ)/layout.bin \
		$(EXPLORER)/build/facts.js
	$(call say,FACTS,$@)
	$(Q)$(NM) -n -S $< > $(@D)/symbols
	$(Q)$(OBJDUMP) -d --no-show-raw-insn $< > $(@D)/listing
	$(Q)$(NODE) $(EXPLORER)/build/facts.js $< $(@D)/symbols \
		$(@D)/listing $(@D)/ksyms.S $(EXPLORER_OBJ)/layout.bin $@~
	$(Q)$(MOVE)

# For that pattern, the kernel itself is called "own".
$(EXPLORER_OBJ)/own/kernel: $(OBJDIR)/kern/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@~
	$(Q)$(MOVE)
$(EXPLORER_OBJ)/own/ksyms.S: $(OBJDIR)/kern/ksyms.S $(OBJDIR)/kern/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@~
	$(Q)$(MOVE)
$(EXPLORER_OBJ)/own/kernel.img: $(OBJDIR)/kern/kernel.img
	@mkdir -p $(@D)
	$(Q)cp $< $@~
	$(Q)$(MOVE)

-include $(EXPLORER_OBJ)/layout.d

# --- The page ----------------------------------------------------------------

EXPLORER_SOURCES := $(wildcard $(EXPLORER)/src/*.* $(EXPLORER)/src/view/*.js) \
	$(EXPLORER)/build/page.js
# SeaBIOS as the system's package has it (Debian: seabios).
EXPLORER_BIOS ?= $(firstword $(foreach d,/usr/share/seabios /usr/share/qemu,\
	$(if $(and $(wildcard $(d)/bios.bin),$(wildcard $(d)/vgabios-stdvga.bin)),$(d))) \
	/usr/share/seabios)

# The licences of what the page contains; also beside it, as a file.
$(OBJDIR)/explorer.licences.txt: LICENSE $(EXPLORER_PACKAGES) $(EXPLORER)/build.mk
	$(Q){ echo 'Pagewalk and its memory explorer'; echo; cat LICENSE; \
		echo; echo 'v86'; echo; cat $(EXPLORER)/node_modules/v86/LICENSE; \
		echo; echo 'SeaBIOS, SeaVGABIOS'; echo; \
		cat /usr/share/doc/seabios/copyright 2>/dev/null || \
		echo 'GNU Lesser General Public License, version 3: https://www.seabios.org'; \
		cd /usr/share/common-licenses 2>/dev/null && \
		for l in LGPL-3 GPL-3; do echo; cat $$l; done; :; \
	} > $@~
	$(Q)$(MOVE)

$(EXPLORER_OBJ)/%/explorer.html: $(EXPLORER_OBJ)/%/kernel.img \
		$(EXPLORER_OBJ)/%/facts.json $(OBJDIR)/explorer.licences.txt \
		$(EXPLORER_SOURCES) $(EXPLORER_PACKAGES)
	$(call say,PAGE,$@)
	$(Q)$(NODE) $(EXPLORER)/build/page.js $(@D)/kernel.img $(@D)/facts.json \
		'$(EXPLORER_BIOS)' $(OBJDIR)/explorer.licences.txt $@~
	$(Q)$(MOVE)

$(OBJDIR)/explorer.html: $(EXPLORER_OBJ)/own/explorer.html
	$(Q)cp $< $@~
	$(Q)$(MOVE)

explorer: $(OBJDIR)/explorer.html
	@echo '$(OBJDIR)/explorer.html: open it in a browser, or make explore'

explore: $(OBJDIR)/explorer.html
	@how=; page=$<; \
	case $$page in /*) ;; *) page=$$PWD/$$page ;; esac; \
	if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] && \
		command -v xdg-open >/dev/null; then how=xdg-open; \
	elif command -v open >/dev/null && [ "$$(uname -s)" = Darwin ]; then how=open; fi; \
	echo "Open this file in a browser$${how:+, if none starts}: $$page"; \
	if [ -n "$$how" ]; then $$how "$$page" || \
		echo "$$how started no browser: open the file yourself."; fi

# --- Broken kernels, for the tests ------------------------------------------

# Our kernel with one file changed by test/broken/NAME.sed. NAME=FILE:
EXPLORER_BROKEN := ring=page noidt=gates nodir=pmap nostack=pmap nosse=fpu

# $(1) name, $(2) the file without .c
define broken_kernel
$(1)_objs := $$(patsubst $$(OBJDIR)/kern/$(2).o,$$(EXPLORER_OBJ)/$(1)/$(2).o,$$(KERN_OBJS)) \
	$$(LIB_KERN_OBJS) $$(USER_KERN_OBJS)

$$(EXPLORER_OBJ)/$(1)/$(2).c: kern/$(2).c $$(EXPLORER)/test/broken/$(1).sed
	@mkdir -p $$(@D)
	$$(Q)sed -f $$(EXPLORER)/test/broken/$(1).sed $$< > $$@.new
	$$(Q)if cmp -s $$< $$@.new; then \
		echo '$(1).sed changes nothing in $$<' >&2; exit 1; fi
	$$(Q){ echo '#line 1 "$$<"'; cat $$@.new; } > $$@~
	$$(Q)$$(MOVE)

$$(EXPLORER_OBJ)/$(1)/$(2).o: FILE_CFLAGS := $$(if $$(filter page pmap,$(2)),-foptimize-sibling-calls)
$$(EXPLORER_OBJ)/$(1)/$(2).o: $$(EXPLORER_OBJ)/$(1)/$(2).c $$(OBJDIR)/.stamp-cc
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(FILE_CFLAGS) -c -o $$@~ $$<
	$$(Q)$$(MOVE)

$$(EXPLORER_OBJ)/$(1)/kernel0: $$(EXPLORER_OBJ)/$(1)/$(2).o $$(OBJDIR)/kern/kernel
	$$(Q)$$(LD) $$(LDFLAGS) -T kernel.ld $$($(1)_objs) \
		$$(OBJDIR)/kern/ksyms0.o -o $$@~
	$$(Q)$$(MOVE)
$$(EXPLORER_OBJ)/$(1)/ksyms.S: $$(EXPLORER_OBJ)/$(1)/kernel0
	$$(call say,KSYMS,$$@)
	$$(Q)NM='$$(NM)' OBJDUMP='$$(OBJDUMP)' ADDR2LINE='$$(ADDR2LINE)' \
		sh tools/ksyms $$< > $$@~
	$$(Q)$$(MOVE)
$$(EXPLORER_OBJ)/$(1)/kernel: $$(EXPLORER_OBJ)/$(1)/ksyms.S
	$$(Q)$$(CC) $$(CFLAGS) -c -o $$(@D)/ksyms.o $$<
	$$(Q)$$(LD) $$(LDFLAGS) -T kernel.ld $$($(1)_objs) $$(@D)/ksyms.o -o $$@~
	$$(Q)$$(MOVE)
$$(EXPLORER_OBJ)/$(1)/kernel.img: $$(EXPLORER_OBJ)/$(1)/kernel $$(OBJDIR)/kern/kernel.img
	$$(call say,IMAGE,$$@)
	$$(Q)$$(OBJCOPY) --strip-all $$< $$(@D)/kernel.stripped
	$$(Q)cp $$(OBJDIR)/kern/kernel.img $$@~
	$$(Q)dd if=/dev/zero of=$$@~ bs=512 seek=1 count=8192 conv=notrunc 2>/dev/null
	$$(Q)dd if=$$(@D)/kernel.stripped of=$$@~ bs=512 seek=1 conv=notrunc 2>/dev/null
	$$(Q)mv $$@~ $$@
endef
$(foreach b,$(EXPLORER_BROKEN),$(eval $(call broken_kernel,$(firstword $(subst =, ,$(b))),$(lastword $(subst =, ,$(b))))))
EXPLORER_BROKEN_NAMES := $(foreach b,$(EXPLORER_BROKEN),$(firstword $(subst =, ,$(b))))
# Keep these intermediate files.
.PRECIOUS: $(EXPLORER_OBJ)/%/facts.json $(EXPLORER_OBJ)/%/explorer.html

# --- Tests --------------------------------------------------------------------

check-explorer: all
	@echo '== explorer'
	@BIOS='$(EXPLORER_BIOS)' sh $(EXPLORER)/test/check '$(MAKE)'

# TEST=unit, machine or page runs a part. MONKEY=10000 lets the page's monkey act
# so often, and SEED=n chooses its actions.
run-explorer-tests: export MONKEY := $(MONKEY)
run-explorer-tests: export SEED := $(SEED)
run-explorer-tests bench-explorer: export EXPLORER_OBJ := $(abspath $(EXPLORER_OBJ))
run-explorer-tests bench-explorer: export BIOS := $(EXPLORER_BIOS)
run-explorer-tests: $(foreach b,own $(EXPLORER_BROKEN_NAMES),\
		$(EXPLORER_OBJ)/$(b)/explorer.html)
	@QEMU='$(QEMU)' '$(NODE)' --test \
		--test-reporter=./$(EXPLORER)/test/reporter.js \
		--test-reporter-destination=stdout \
		$(wildcard $(EXPLORER)/test/$(or $(TEST),*)/*.test.js)

bench-explorer: $(OBJDIR)/explorer.html
	@'$(NODE)' $(EXPLORER)/test/bench.js

.PHONY: clean-explorer-packages
distclean: clean-explorer-packages
clean-explorer-packages:
	rm -rf $(EXPLORER)/node_modules

# The pictures of the book: doc/c-explorer-*.png.
.PHONY: explorer-pictures
explorer-pictures: export EXPLORER_OBJ := $(abspath $(EXPLORER_OBJ))
explorer-pictures: $(OBJDIR)/explorer.html $(EXPLORER_OBJ)/nostack/explorer.html
	@'$(NODE)' $(EXPLORER)/test/pictures.js doc
