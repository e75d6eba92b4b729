# Running the kernel in QEMU, with or without gdb.

# A different port for each user of the machine.
GDBPORT ?= $(shell expr `id -u` % 5000 + 25000)
CPUS ?= 1

IMAGE := $(OBJDIR)/kern/kernel.img

# Several QEMUs may run this image: each writes to a temporary file of its own.
QEMUOPTS = -drive file=$(IMAGE),index=0,media=disk,format=raw,snapshot=on,file.locking=off
# The swap area, the second channel's master: the first one's slave is the file
# system's. Like the kernel's image, it is as before after each run.
SWAP ?= 64
SWAP_IMAGE := $(OBJDIR)/swap.img
ifneq ($(filter-out 0,$(SWAP)),)
QEMUOPTS += -drive file=$(SWAP_IMAGE),index=2,media=disk,format=raw,snapshot=on,file.locking=off
all: $(SWAP_IMAGE)
endif
# The console; Ctrl-a c switches to QEMU's monitor.
QEMUOPTS += -serial mon:stdio
QEMUOPTS += -smp $(CPUS)
# A kernel that resets the machine at each boot ends QEMU, instead of rebooting
# without end. QEMUEXTRA='-action reboot=reset' allows restarts.
QEMUOPTS += -no-reboot
# QEMU's log tells a triple fault from `halt`. It is yours if you ask for one,
# and there is none in a tree that cannot be written.
QEMU_LOG := $(OBJDIR)/qemu.log
ifeq ($(filter -d -D,$(QEMUEXTRA))$(shell [ -w '$(OBJDIR)' ] || echo no),)
QEMUOPTS += -d cpu_reset -D $(QEMU_LOG)
# QEMU has ended: was it a triple fault?
AFTER_QEMU = @sh conf/qemu --ended '$(QEMU_LOG)'
endif
QEMUOPTS += $(QEMUEXTRA)

# -nographic is not used: with it, the BIOS writes to the serial line, too.
QEMU_NOX := -display none

LEAVE = @echo '*** Leave QEMU with the command halt, or Ctrl-a x.'

$(eval $(call stamp,.stamp-swap,$(SWAP)))
$(SWAP_IMAGE): tools/mkswap $(OBJDIR)/.stamp-swap
	$(call say,MKSWAP,$@)
	$(Q)rm -f $@~
	$(Q)sh tools/mkswap $@~ '$(SWAP)'
	$(Q)$(MOVE)

.PHONY: qemu qemu-nox qemu-gdb qemu-nox-gdb gdb print-qemu print-gdbport

# Empty without a display, or if QEMU cannot open a window.
HAVE_DISPLAY = $(shell QEMU='$(QEMU)' sh conf/qemu --display 2>/dev/null)

# exec: QEMU itself is make's child and gets the SIGTERM that ends make. A shell
# in between would end alone. For the same reason no shell can test QEMU's
# status: `halt` switches the machine off by ACPI, which is status 0.
# Remove the old log first: another QEMU may still write to it.
RUN_QEMU = @rm -f $(QEMU_LOG) 2>/dev/null; exec $(QEMU)

qemu: all
	$(LEAVE)
ifeq ($(HAVE_DISPLAY),)
	@echo '*** There is no display here: running on this terminal.'
	$(RUN_QEMU) $(QEMU_NOX) $(QEMUOPTS)
else
	$(RUN_QEMU) $(QEMUOPTS)
endif
	$(AFTER_QEMU)

qemu-nox: all
	$(LEAVE)
	$(RUN_QEMU) $(QEMU_NOX) $(QEMUOPTS)
	$(AFTER_QEMU)

# On this machine only: the stub has no password.
GDBOPTS = -gdb tcp:127.0.0.1:$(GDBPORT) -S
GDB_HINT = @echo '*** Stopped: type "make gdb" in another terminal.'

qemu-gdb: all $(OBJDIR)/gdbinit
	$(GDB_HINT)
	$(LEAVE)
	$(RUN_QEMU) $(if $(HAVE_DISPLAY),,$(QEMU_NOX)) $(QEMUOPTS) $(GDBOPTS)
	$(AFTER_QEMU)

qemu-nox-gdb: all $(OBJDIR)/gdbinit
	$(GDB_HINT)
	$(LEAVE)
	$(RUN_QEMU) $(QEMU_NOX) $(QEMUOPTS) $(GDBOPTS)
	$(AFTER_QEMU)

$(OBJDIR)/gdbinit: conf/gdbinit.in FORCE
	@sed -e 's|@GDBPORT@|$(GDBPORT)|g' -e 's|@OBJDIR@|$(OBJDIR)|g' $< > $@~
	@$(MOVE)

# Build nothing: the kernel that runs may be that of `make run-NAME-gdb`.
gdb: $(OBJDIR)/gdbinit
	@[ -f $(OBJDIR)/kern/kernel ] || { echo 'There is no' \
		'$(OBJDIR)/kern/kernel yet. First run "make qemu-gdb" or' \
		'"make qemu-nox-gdb" in another terminal.' >&2; exit 1; }
	@exec $(GDB) -q -ix $(OBJDIR)/gdbinit

# For a gdb that is started by hand.
.PHONY: .gdbinit
.gdbinit: $(OBJDIR)/gdbinit
	@echo 'source $(OBJDIR)/gdbinit' > $@~
	@$(MOVE)

print-qemu:
	@echo $(QEMU)

print-gdbport:
	@echo $(GDBPORT)

# make run-NAME: boot straight into user/NAME.c or user/test/NAME.c. The image
# is rebuilt with the choice compiled into init.c, after your own INIT_CFLAGS.
# make prep-NAME only builds it.
RUN_MAKE = +@exec $(MAKE) --no-print-directory \
	INIT_CFLAGS='$(subst ','\'',$(strip $(INIT_CFLAGS) -DTEST=user_$*))'

run-%-nox-gdb: find-%
	$(RUN_MAKE) qemu-nox-gdb
run-%-gdb: find-%
	$(RUN_MAKE) qemu-gdb
run-%-nox: find-%
	$(RUN_MAKE) qemu-nox
run-%: find-%
	$(RUN_MAKE) qemu
prep-%: find-%
	$(RUN_MAKE) all

# Refuse programs that do not exist.
find-%: FORCE
	@[ -f user/$*.c ] || [ -f user/test/$*.c ] || { echo 'There is no user' \
		'program "$*": neither user/$*.c nor user/test/$*.c exists.' >&2; \
		exit 1; }
