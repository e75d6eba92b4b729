# Tests, graders and the benchmark. test/README.md lists the folders.

.PHONY: grade check check-host check-python check-boot check-monitor \
	check-env check-disk check-swap check-run check-paging check-course check-grade check-matrix \
	check-bench check-layers check-clang bench mutants check-mutants matrix size

# Grade the labs up to LAB, after a clean build. GRADE_FLAGS: options of the
# grader, such as --tap or --json FILE.
grade:
	@$(PYTHON) test/grade/grade_all.py --make '$(MAKE)' $(GRADE_FLAGS) \
		$(wordlist 1,$(LAB),1 2 3 4 5 6) \
		$(if $(word 4,$(wordlist 1,$(LAB),1 2 3 4 5 6)),S)

# All tests for contributors. Each part ends with its own closing line.
check: check-host check-fuzz check-model check-python check-layers check-boot check-monitor \
	check-env check-disk check-swap check-run check-paging check-course check-grade check-matrix \
	check-bench check-clang check-explorer check-mutants

# --- Host tests, under sanitizers ------------------------------------------

HOSTCC ?= cc
HOST_CFLAGS := -g -O1 -std=gnu11 -Wall -Wextra \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# Kernel sources have their own headers, and some names of the C library.
HOST_KERN_CFLAGS := $(HOST_CFLAGS) -I. -nostdinc -ffreestanding -fno-builtin \
	-include test/host/rename.h -DCHECK=0 -DPOISON=0 -DBENCH=0

HOST_TESTS := memrange string printfmt elf int64 ide \
	swaparea processors
HOST_memrange := kern/memrange.c lib/string.c
HOST_string := lib/string.c lib/number.c
HOST_int64 := lib/int64.c
HOST_elf := kern/elf.c lib/string.c
HOST_printfmt := lib/printfmt.c lib/string.c
HOST_ide := test/host/kernel_ide.c kern/dev/pci.c
HOST_processors := kern/dev/processors.c kern/dev/proclist.c kern/dev/acpi.c \
	kern/dev/mptable.c kern/dev/fwtable.c lib/string.c
HOST_swaparea := kern/swaparea.c lib/string.c

# Drivers use the ports of a simulated machine.
$(OBJDIR)/test/host/test/host/kernel_ide.k.o: kern/dev/ide.c
$(addprefix $(OBJDIR)/test/host/,test/host/kernel_ide.k.o kern/dev/pci.k.o): \
	HOST_KERN_CFLAGS := -Itest/host/ports $(HOST_KERN_CFLAGS)
# Physical addresses are of no use there: the window is at 1.
$(OBJDIR)/test/host/kern/swaparea.k.o: \
	HOST_KERN_CFLAGS := -DWINDOW=1 $(HOST_KERN_CFLAGS)

$(OBJDIR)/test/host/%.k.o: %.c test/host/rename.h $(wildcard inc/*.h kern/*.h \
		kern/dev/*.h test/host/ports/inc/*.h)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_KERN_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

define host_test
$(OBJDIR)/test/host/$(1)_test: test/host/$(1)_test.c test/host/unit.h \
		$(wildcard test/host/$(1)_sim.h test/host/$(1)_model.h) \
		$(HOST_$(1):%.c=$(OBJDIR)/test/host/%.k.o)
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $$@~ $$(filter-out %.h,$$^)
	$$(Q)$$(MOVE)
endef
$(foreach t,$(HOST_TESTS),$(eval $(call host_test,$(t))))

check-host: $(HOST_TESTS:%=$(OBJDIR)/test/host/%_test)
	@for t in $^; do echo "== $$t"; $$t || exit 1; done

# --- The host's own programs -----------------------------------------------

PYTHON_TESTS := $(wildcard test/*/*_test.py tools/gdb/test/*_test.py)
# These boot kernels, and have their own targets.
BOOT_TESTS := $(addprefix test/,boot/boot_test.py monitor/monitor_test.py \
	env/env_test.py env/run_test.py disk/disk_test.py swap/swap_test.py \
	course/course_test.py course/build_test.py selftest/grader_kernel_test.py \
	paging/record_test.py)

check-python:
	@status=0; \
	for t in $(filter-out $(BOOT_TESTS),$(PYTHON_TESTS)); do \
		echo "== $$t"; $(PYTHON) $$t || status=1; done; exit $$status

# --- Layers ------------------------------------------------------------------

# Which file depends on which? LEVELS=1 lists the files from the bottom up.
# First a test of the test: it must find arrows that are seeded into a copy.
LAYER_FLAGS = --objdir '$(OBJDIR)' --nm '$(NM)' $(LAYER_OBJS)
LAYER_OBJS := $(KERN_OBJS) $(LIB_KERN_OBJS)

# Compilers turn loops into calls of the functions in these files.
ENDLESS_OBJS := $(OBJDIR)/lib/string.o $(OBJDIR)/lib/int64.o
check-layers: $(ENDLESS_OBJS)

# In the environment, for there are quotes in it.
check-layers: export COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS)
check-layers: $(LAYER_OBJS)
	@echo '== layers'
	@$(PYTHON) test/layers/seeded.py --compile "$$COMPILE" $(LAYER_FLAGS)
	@$(PYTHON) test/layers/layers.py $(if $(LEVELS),--levels) $(LAYER_FLAGS)
	@echo '== recursion'
	@$(PYTHON) test/layers/recursion.py --objdump '$(OBJDUMP)' $(ENDLESS_OBJS)

# --- Size --------------------------------------------------------------------

# Lines of each folder, and bytes of the kernel: the README's figures.
size: $(OBJDIR)/kern/kernel
	@$(PYTHON) tools/size.py --objdir '$(OBJDIR)' $(LAYER_OBJS) \
		--programs $(USER_KERN_OBJS)

# `make` builds a kernel without the programs that do not compile. Tests do not.
all_built = @for f in $(1)/user/*.failed; do [ ! -e "$$f" ] || \
	{ echo "$${f%.failed} was not built." >&2; exit 1; }; done

# --- Booting ---------------------------------------------------------------

# The boot sector against good and damaged images. (--buses: on every bus.)
check-boot: $(OBJDIR)/boot/boot
	$(PYTHON) test/boot/boot_test.py $< --qemu '$(QEMU)'

check-monitor: all
	$(PYTHON) test/monitor/monitor_test.py --image $(IMAGE)

check-env: all
	$(call all_built,$(OBJDIR))
	$(PYTHON) test/env/env_test.py --image $(IMAGE)

# tools/paging: the reference string of a program, recorded in QEMU. Its
# other tests, which need no kernel, are in check-python.
check-paging: all
	$(call all_built,$(OBJDIR))
	$(PYTHON) test/paging/record_test.py --image $(IMAGE)

# Disks, swap areas, disks that fail: in QEMU and Bochs.
check-disk: all
	$(PYTHON) test/disk/disk_test.py --image $(IMAGE)

# Programs whose memory is larger than the machine's. MINUTES=N: at random, for so
# long, with audits in between.
check-swap: all
	$(call all_built,$(OBJDIR))
	$(PYTHON) test/swap/swap_test.py --image $(IMAGE) \
		$(if $(MINUTES),--minutes '$(MINUTES)')

# make run-NAME, and a program dropped into user/, in a copy of the tree.
check-run:
	$(PYTHON) test/env/run_test.py --make '$(MAKE)'

# Courses' graders drive make; and make is interrupted, in a copy of the tree.
check-course:
	$(PYTHON) test/course/build_test.py --make '$(MAKE)'
	$(PYTHON) test/course/course_test.py --make '$(MAKE)'

# Do our kernel and its graders agree?
check-grade: all
	$(PYTHON) test/selftest/grader_kernel_test.py

# All machines, memory sizes, processors, disks, compilers and environments, or
# those with ONLY=words; and a sample, part of which changes with the date.
RUN_MATRIX = $(PYTHON) test/matrix/matrix.py --make '$(MAKE)' --objdir '$(OBJDIR)' \
	$(if $(JOBS),--jobs '$(JOBS)')

matrix: all
	@$(RUN_MATRIX) $(if $(ONLY),--only '$(ONLY)') \
		--markdown '$(OBJDIR)/matrix.md'

check-matrix: all
	@$(RUN_MATRIX) --sample

# The other compiler: builds without a warning, boots, and passes its checks.
CLANG ?= clang
check-clang:
	@echo '== clang'
	@$(MAKE) --no-print-directory CC=$(CLANG) OBJDIR=$(OBJDIR)/clang \
		USER_CFLAGS=-Werror all
	$(call all_built,$(OBJDIR)/clang)
	$(PYTHON) test/boot/boot_test.py $(OBJDIR)/clang/boot/boot --qemu '$(QEMU)'
	$(PYTHON) test/monitor/monitor_test.py --image $(OBJDIR)/clang/kern/kernel.img

# --- Counted instructions --------------------------------------------------

# Two kernels that measure instead of entering the monitor: without checks and
# poison, and with them. Built with the compiler in use.
bench-kernels: $(SWAP_IMAGE) FORCE
	@echo 'Building two kernels that measure ...'
	@$(MAKE) -s --no-print-directory OBJDIR=$(OBJDIR)/bench BENCH=1 CHECK=0 \
		$(OBJDIR)/bench/kern/kernel.img
	@$(MAKE) -s --no-print-directory OBJDIR=$(OBJDIR)/bench-checked BENCH=1 \
		CHECK=1 $(OBJDIR)/bench-checked/kern/kernel.img

RUN_BENCH = $(PYTHON) test/bench/bench.py --image $(OBJDIR)/bench/kern/kernel.img \
	--swap $(SWAP_IMAGE) \
	--checked-image $(OBJDIR)/bench-checked/kern/kernel.img \
	--boot-sector $(OBJDIR)/bench/boot/boot --json $(OBJDIR)/bench.json \
	--compiler $(CC_IS)

bench: bench-kernels
	@$(RUN_BENCH)

# In `make check` two runs must give equal figures, which may miss their goals.
check-bench: bench-kernels
	@$(RUN_BENCH) && echo '1 passed, 0 failed'

# --- Mutants ----------------------------------------------------------------

RUN_MUTANTS = $(PYTHON) test/mutants/mutants.py --make '$(MAKE)' \
	--objdir '$(OBJDIR)' --json '$(OBJDIR)/mutants.json' \
	$(if $(JOBS),--jobs '$(JOBS)') $(if $(SEED),--seed '$(SEED)')

# Seed bugs, all of them or by ONLY=pattern: which check names each?
mutants: all
	@$(RUN_MUTANTS) $(if $(ONLY),--only '$(ONLY)') \
		$(if $(SAMPLE),--sample '$(SAMPLE)')

# A sample, which changes with the date.
check-mutants: all
	@$(RUN_MUTANTS) --sample 20

# --- Random testing on the host ---------------------------------------------

include test/host/fuzz/build.mk
include test/host/model/build.mk
