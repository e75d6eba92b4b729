# Running the kernel in QEMU, with or without gdb.

# A different port for each user of the machine.
GDBPORT ?= $(shell expr `id -u` % 5000 + 25000)
CPUS ?= 1

IMAGE := $(OBJDIR)/kern/kernel.img

QEMUOPTS = -drive file=$(IMAGE),index=0,media=disk,format=raw
# The console; Ctrl-a c switches to QEMU's monitor.
QEMUOPTS += -serial mon:stdio
QEMUOPTS += -smp $(CPUS)
# `halt` writes to this device, and QEMU exits with status 1.
QEMUOPTS += -device isa-debug-exit,iobase=0x501,iosize=1
QEMUOPTS += $(QEMUEXTRA)

# -nographic is not used: with it, the BIOS writes to the serial line, too.
QEMU_NOX := -display none
# QEMU's status 1 means `halt`, and is no failure.
QEMU_OK := || [ $$? -eq 1 ]

LEAVE = @echo '*** Leave QEMU with the command halt, or Ctrl-a x.'

.PHONY: qemu qemu-nox qemu-gdb qemu-nox-gdb gdb print-qemu print-gdbport

# Empty without a display, or if QEMU cannot open a window.
HAVE_DISPLAY = $(shell QEMU='$(QEMU)' sh conf/qemu --display 2>/dev/null)

qemu: $(IMAGE)
	$(LEAVE)
ifeq ($(HAVE_DISPLAY),)
	@echo '*** There is no display here: running on this terminal.'
	@$(QEMU) $(QEMU_NOX) $(QEMUOPTS) $(QEMU_OK)
else
	@$(QEMU) $(QEMUOPTS) $(QEMU_OK)
endif

qemu-nox: $(IMAGE)
	$(LEAVE)
	@$(QEMU) $(QEMU_NOX) $(QEMUOPTS) $(QEMU_OK)

# On this machine only: the stub has no password.
GDBOPTS = -gdb tcp:127.0.0.1:$(GDBPORT) -S
GDB_HINT = @echo '*** Stopped: type "make gdb" in another terminal.'

qemu-gdb: $(IMAGE) $(OBJDIR)/gdbinit
	$(GDB_HINT)
	$(LEAVE)
	@$(QEMU) $(if $(HAVE_DISPLAY),,$(QEMU_NOX)) $(QEMUOPTS) $(GDBOPTS) $(QEMU_OK)

qemu-nox-gdb: $(IMAGE) $(OBJDIR)/gdbinit
	$(GDB_HINT)
	$(LEAVE)
	@$(QEMU) $(QEMU_NOX) $(QEMUOPTS) $(GDBOPTS) $(QEMU_OK)

$(OBJDIR)/gdbinit: conf/gdbinit.in FORCE
	@sed -e 's|@GDBPORT@|$(GDBPORT)|g' -e 's|@OBJDIR@|$(OBJDIR)|g' $< > $@

gdb: $(OBJDIR)/gdbinit $(OBJDIR)/kern/kernel $(OBJDIR)/boot/boot
	$(GDB) -q -ix $(OBJDIR)/gdbinit

print-qemu:
	@echo $(QEMU)

print-gdbport:
	@echo $(GDBPORT)

# make run-NAME: boot straight into user/NAME.c or user/test/NAME.c. The image
# is rebuilt with the choice compiled into init.c.
run-%-nox-gdb: prep-%
	@$(MAKE) --no-print-directory INIT_CFLAGS='-DTEST=user_$*' qemu-nox-gdb
run-%-gdb: prep-%
	@$(MAKE) --no-print-directory INIT_CFLAGS='-DTEST=user_$*' qemu-gdb
run-%-nox: prep-%
	@$(MAKE) --no-print-directory INIT_CFLAGS='-DTEST=user_$*' qemu-nox
run-%: prep-%
	@$(MAKE) --no-print-directory INIT_CFLAGS='-DTEST=user_$*' qemu

# Refuse programs that do not exist.
prep-%: FORCE
	@[ -f user/$*.c ] || [ -f user/test/$*.c ] || { echo 'There is no user' \
		'program "$*": neither user/$*.c nor user/test/$*.c exists.' >&2; \
		exit 1; }
