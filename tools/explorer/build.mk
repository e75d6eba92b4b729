# The memory explorer: one page with an emulator, the kernel's image and what
# the build knows of the kernel. Needs node and npm; see doc/11-explorer.md.

EXPLORER := tools/explorer
EXPLORER_OBJ := $(OBJDIR)/explorer
NODE ?= node
NPM ?= npm

.PHONY: explorer explore check-explorer bench-explorer

# What npm fetches, by the lock file and nothing else.
EXPLORER_PACKAGES := $(EXPLORER)/node_modules/.package-lock.json
$(EXPLORER_PACKAGES): $(EXPLORER)/package.json $(EXPLORER)/package-lock.json
	$(call say,NPM,$(EXPLORER))
	$(Q)cd $(EXPLORER) && $(NPM) ci --no-audit --no-fund --loglevel=error
	$(Q)touch $@

# --- What is known of the kernel --------------------------------------------

$(EXPLORER_OBJ)/layout.o: $(EXPLORER)/layout.c $(OBJDIR)/.stamp-cc
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(WARN_CFLAGS) $(CFLAGS) -c -o $@ $<

$(EXPLORER_OBJ)/layout.bin: $(EXPLORER_OBJ)/layout.o
	$(Q)$(OBJCOPY) -O binary --only-section=.facts $< $@

# The pattern serves the broken kernels of the tests as well.
$(EXPLORER_OBJ)/%/facts.json: $(EXPLORER_OBJ)/%/kernel \
		$(EXPLORER_OBJ)/%/ksyms.S $(EXPLORER_OBJ)/layout.bin \
		$(EXPLORER)/build/facts.js
	$(call say,FACTS,$@)
	$(Q)$(NM) -n -S $< > $(@D)/symbols
	$(Q)$(OBJDUMP) -d --no-show-raw-insn $< > $(@D)/listing
	$(Q)$(NODE) $(EXPLORER)/build/facts.js $< $(@D)/symbols \
		$(@D)/listing $(@D)/ksyms.S $(EXPLORER_OBJ)/layout.bin $@

# The kernel itself takes part in that pattern under the name "own".
$(EXPLORER_OBJ)/own/kernel: $(OBJDIR)/kern/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(EXPLORER_OBJ)/own/ksyms.S: $(OBJDIR)/kern/ksyms.S $(OBJDIR)/kern/kernel
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(EXPLORER_OBJ)/own/kernel.img: $(OBJDIR)/kern/kernel.img
	@mkdir -p $(@D)
	$(Q)cp $< $@

-include $(EXPLORER_OBJ)/layout.d
