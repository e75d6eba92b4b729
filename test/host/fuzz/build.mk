# Random testing of kern/page.c and kern/pmap.c: see doc/g-random-tests.md.
#
# There are two parts. One is compiled against the kernel's headers (the
# kernel's own files, machine, mmu, model, ops, sequence), the other against the
# host's (host and the drivers).

comma := ,
FUZZ := test/host/fuzz
FUZZ_OBJ := $(OBJDIR)/$(FUZZ)

# The tested files, and the kernel's files that they need.
FUZZ_TESTED := $(FUZZ)/kernel_page.c kern/pmap.c
FUZZ_KERNEL := $(FUZZ_TESTED) kern/kaddr.c kern/slot.c kern/resident.c kern/framerun.c \
	kern/swapstate.c lib/string.c lib/printfmt.c
FUZZ_OWN := $(addprefix $(FUZZ)/,machine.c mmu.c model.c ops.c ops_frame.c \
	ops_map.c sequence.c)
FUZZ_HEADERS := test/host/rename.h \
	$(wildcard $(FUZZ)/*.h $(FUZZ)/include/inc/*.h inc/*.h kern/*.h)

# Symbols that kernel.ld or other files of the kernel define.
FUZZ_LDFLAGS := $(foreach s,stext=0x100000 etext=0x103000 erodata=0x105000 \
	bootstack=0x106000 bootstacktop=0x10E000 df_stack=0x10E000 \
	kernel_end=0x10F123,\
	-Wl,--defsym=$(subst =,=ram+,$(s)))

FUZZ_WARN := -Wall -Wextra
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
# The same flags as for the kernel: see GNUmakefile.
FUZZ_KERN_CFLAGS := -g -O2 -std=gnu11 $(FUZZ_WARN) -I$(FUZZ)/include -I. \
	-nostdinc -ffreestanding -fno-builtin -fno-strict-aliasing -fwrapv \
	-fno-delete-null-pointer-checks -include test/host/rename.h \
	-include $(FUZZ)/window.h -DCHECK=0 -DBENCH=0
# Linear addresses have 32 bits, even if pointers have more.
FUZZ_KERN_CFLAGS += -Wno-int-to-pointer-cast
# Optimise: loops over whole tables run after each call.
FUZZ_HOST_CFLAGS := -g -O3 -std=gnu11 $(FUZZ_WARN)

# $(call fuzz_program,NAME,DRIVER,COMPILER,POISON,FLAGS FOR THE TESTED FILES,
# FLAGS FOR ALL OF THE KERNEL'S PART,FLAGS FOR THE LINK): the program is
# $(FUZZ_OBJ)/NAME/DRIVER.
define fuzz_program
$(FUZZ_OBJ)/$(1)/$(FUZZ)/kernel_page.o: kern/page.c
$(FUZZ_OBJ)/$(1)/%.o: %.c $(FUZZ_HEADERS) $(FUZZ)/build.mk
	@mkdir -p $$(@D)
	$$(Q)$(3) $(FUZZ_KERN_CFLAGS) $(6) -DPOISON=$(4) \
		$$(if $$(filter $(FUZZ_TESTED),$$<),$(5)) -c -o $$@~ $$<
	$$(Q)$$(MOVE)
$(FUZZ_OBJ)/$(1)/host-%.o: $(FUZZ)/%.c $(FUZZ_HEADERS) $(FUZZ)/build.mk
	@mkdir -p $$(@D)
	$$(Q)$(3) $(FUZZ_HOST_CFLAGS) -c -o $$@~ $$<
	$$(Q)$$(MOVE)
$(FUZZ_OBJ)/$(1)/$(2): $(FUZZ_KERNEL:%.c=$(FUZZ_OBJ)/$(1)/%.o) \
		$(FUZZ_OWN:%.c=$(FUZZ_OBJ)/$(1)/%.o) \
		$(FUZZ_OBJ)/$(1)/host-host.o $(FUZZ_OBJ)/$(1)/host-$(2).o
	$$(call say,HOSTLD,$$@)
	$$(Q)$(3) -o $$@~ $$^ $(FUZZ_LDFLAGS) $(7)
	$$(Q)$$(MOVE)
endef

# Random sequences, with and without poison in free frames.
$(eval $(call fuzz_program,poison,random,$(HOSTCC),1,,$(FUZZ_SANITIZE),\
	$(FUZZ_SANITIZE)))
$(eval $(call fuzz_program,plain,random,$(HOSTCC),0,,$(FUZZ_SANITIZE),\
	$(FUZZ_SANITIZE)))
# Sequences guided by coverage: libFuzzer comes with clang.
$(eval $(call fuzz_program,guided,guided,$(CLANG),1,-fsanitize=fuzzer-no-link,\
	$(FUZZ_SANITIZE),-fsanitize=fuzzer$(comma)address$(comma)undefined))
# A kernel with a bug, which must be found.
$(eval $(call fuzz_program,deaf,random,$(HOSTCC),1,-DNO_INVLPG,\
	$(FUZZ_SANITIZE),$(FUZZ_SANITIZE)))
# Coverage line by line: no optimiser, no sanitizer.
$(eval $(call fuzz_program,coverage,random,$(HOSTCC),1,--coverage -O0,,\
	--coverage))

.PHONY: check-fuzz fuzz fuzz-coverage fuzz-programs

# Is there a libFuzzer? Try to build an empty test.
FUZZ_PROBE = echo 'int LLVMFuzzerTestOneInput(void); \
	int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	$(CLANG) -x c -fsanitize=fuzzer,address,undefined - \
	-o $(FUZZ_OBJ)/probe 2>/dev/null

fuzz-programs: $(FUZZ_OBJ)/poison/random $(FUZZ_OBJ)/plain/random \
		$(FUZZ_OBJ)/deaf/random
	@if $(FUZZ_PROBE); then \
		$(MAKE) --no-print-directory $(FUZZ_OBJ)/guided/guided; \
		else rm -f $(FUZZ_OBJ)/guided/guided; fi

RUN_FUZZ = @$(PYTHON) test/host/fuzz.py $(FUZZ_OBJ) $(if $(SEED),--seed $(SEED))

# Takes about a minute.
check-fuzz: fuzz-programs
	$(RUN_FUZZ) --seconds 50

# Runs as long as you like: make fuzz SECONDS=3600
fuzz: SECONDS := 600
fuzz: fuzz-programs
	$(RUN_FUZZ) --seconds $(SECONDS)

fuzz-coverage: SECONDS := 20
fuzz-coverage: $(FUZZ_OBJ)/coverage/random
	$(RUN_FUZZ) --seconds $(SECONDS) --coverage
