# What runs on the host: graders, host tests, the boot matrix, the benchmark.

.PHONY: grade check check-host check-python check-boot check-monitor \
	check-clang bench
.NOTPARALLEL: check

# The sum over the labs up to LAB; cleans and builds first.
grade:
	@$(PYTHON) test/grade_all.py --make '$(MAKE)' $(LAB)

# Everything that contributors need, each part with its own closing line.
check: check-host check-python check-boot check-monitor check-clang

# --- Host tests, under sanitizers ------------------------------------------

HOSTCC ?= cc
HOST_CFLAGS := -g -O1 -std=gnu11 -Wall -Wextra \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# Kernel sources bring their own headers, and names that the C library has too.
HOST_KERN_CFLAGS := $(HOST_CFLAGS) -I. -nostdinc -ffreestanding -fno-builtin \
	-include test/host/rename.h -DCHECK=0 -DPOISON=0 -DBENCH=0

HOST_TESTS := memrange string printfmt
HOST_memrange := kern/memrange.c lib/string.c
HOST_string := lib/string.c
HOST_printfmt := lib/printfmt.c lib/string.c

$(OBJDIR)/test/host/%.k.o: %.c test/host/rename.h $(wildcard inc/*.h kern/*.h)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_KERN_CFLAGS) -c -o $@ $<

define host_test
$(OBJDIR)/test/host/$(1)_test: test/host/$(1)_test.c test/host/unit.h \
		$(HOST_$(1):%.c=$(OBJDIR)/test/host/%.k.o)
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $$@ $$(filter-out %.h,$$^)
endef
$(foreach t,$(HOST_TESTS),$(eval $(call host_test,$(t))))

check-host: $(HOST_TESTS:%=$(OBJDIR)/test/host/%_test)
	@for t in $^; do echo "== $$t"; $$t || exit 1; done
