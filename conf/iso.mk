# An ISO from which GRUB 2 starts the kernel by Multiboot: for a CD, or copied
# to a USB stick. It boots only with a BIOS.

ISO := $(OBJDIR)/kern/kernel.iso
# Fedora and its relatives call it grub2-mkrescue.
MKRESCUE = $(shell command -v grub2-mkrescue || echo grub-mkrescue)

.PHONY: iso
iso: $(ISO)

$(ISO): $(OBJDIR)/kern/kernel.stripped conf/grub.cfg
	$(call say,ISO,$@)
	@command -v $(MKRESCUE) >/dev/null && command -v xorriso >/dev/null || \
		{ echo 'make iso needs GRUB 2 for BIOS machines and xorriso;' \
		'to install them, run: sh conf/setup --all' >&2; exit 1; }
	$(Q)rm -rf '$(OBJDIR)/iso' && mkdir -p '$(OBJDIR)/iso/boot/grub'
	$(Q)cp $< '$(OBJDIR)/iso/boot/pagewalk'
	$(Q)cp conf/grub.cfg '$(OBJDIR)/iso/boot/grub/grub.cfg'
	$(Q)$(MKRESCUE) -o $@~ '$(OBJDIR)/iso' > $@.log 2>&1 || \
		{ cat $@.log >&2; rm -f $@~; exit 1; }
	$(Q)mv $@~ $@
