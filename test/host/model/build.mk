# Random testing of system calls against a model: see doc/g-random-tests.md.
#
# As in test/host/fuzz/build.mk, of which this uses machine.c, kernel_page.c,
# the host's wrappers and the driver: one part is compiled against the kernel's
# headers, the other (host-*) against the host's.

MODEL := test/host/model
MODEL_OBJ := $(OBJDIR)/$(MODEL)

# The tested files, as they are; those with a wrapper, mostly to reset their
# variables; and those that they need.
MODEL_WRAPPED := fpu usermem swap swapio slot policy repeat framerun
MODEL_TESTED := $(addprefix kern/,queue.c status.c cow.c pgfault.c sys_mem.c \
	sys_env.c sys_ipc.c sys_time.c sys_console.c env.c sched.c usertrap.c \
	trap.c pmap.c elf.c syscall.c resident.c mappers.c filepage.c)
MODEL_KERNEL := $(MODEL_TESTED) $(FUZZ)/kernel_page.c \
	$(MODEL_WRAPPED:%=$(MODEL)/kernel_%.c) kern/kaddr.c lib/string.c lib/printfmt.c
MODEL_OWN := $(FUZZ)/machine.c $(addprefix $(MODEL)/,cpu.c devices.c model.c \
	paging.c compare.c calls.c sequence.c)
MODEL_HOST := $(FUZZ)/host.c $(FUZZ)/random.c $(MODEL)/console.c
MODEL_HEADERS := $(FUZZ_HEADERS) $(wildcard $(MODEL)/*.h \
	$(MODEL)/include/inc/*.h)

MODEL_KERN_CFLAGS := $(subst $(FUZZ)/window.h,$(MODEL)/window.h,\
	$(subst $(FUZZ)/include,$(MODEL)/include,$(FUZZ_KERN_CFLAGS))) \
	-DPOISON=1

# $(call model_program,NAME,COMPILER,FLAGS FOR THE TESTED FILES,FLAGS FOR ALL OF
# THE KERNEL'S PART,FLAGS FOR THE LINK): the program is $(MODEL_OBJ)/NAME/random.
define model_program
$(MODEL_OBJ)/$(1)/$(FUZZ)/kernel_page.o: kern/page.c
$(foreach w,$(MODEL_WRAPPED),$(eval \
	$(MODEL_OBJ)/$(1)/$(MODEL)/kernel_$(w).o: kern/$(w).c))
# A user's stack pointer need not be aligned, and x86 does not mind.
$(MODEL_OBJ)/$(1)/kern/pgfault.o: MODEL_MORE := -fno-sanitize=alignment
$(MODEL_OBJ)/$(1)/host/%.o: %.c $(MODEL_HEADERS) $(MODEL)/build.mk
	@mkdir -p $$(@D)
	$$(Q)$(2) $(FUZZ_HOST_CFLAGS) -c -o $$@~ $$<
	$$(Q)$$(MOVE)
$(MODEL_OBJ)/$(1)/%.o: %.c $(MODEL_HEADERS) $(MODEL)/build.mk
	@mkdir -p $$(@D)
	$$(Q)$(2) $(MODEL_KERN_CFLAGS) $(4) $$(MODEL_MORE) \
		$$(if $$(filter $(MODEL_TESTED) \
			$(MODEL_WRAPPED:%=$(MODEL)/kernel_%.c),$$<),$(3)) \
		-c -o $$@~ $$<
	$$(Q)$$(MOVE)
$(MODEL_OBJ)/$(1)/random: $(MODEL_KERNEL:%.c=$(MODEL_OBJ)/$(1)/%.o) \
		$(MODEL_OWN:%.c=$(MODEL_OBJ)/$(1)/%.o) \
		$(MODEL_HOST:%.c=$(MODEL_OBJ)/$(1)/host/%.o)
	$$(call say,HOSTLD,$$@)
	$$(Q)$(2) -o $$@~ $$^ $(FUZZ_LDFLAGS) $(5)
	$$(Q)$$(MOVE)
endef

$(eval $(call model_program,gcc,$(HOSTCC),,$(FUZZ_SANITIZE),$(FUZZ_SANITIZE)))
$(eval $(call model_program,clang,$(CLANG),,$(FUZZ_SANITIZE),$(FUZZ_SANITIZE)))
$(eval $(call model_program,coverage,$(HOSTCC),--coverage -O0,,--coverage))

.PHONY: check-model model model-mutants model-coverage model-programs

# clang's program is built where there is a clang.
model-programs: $(MODEL_OBJ)/gcc/random
	@if $(CLANG) --version >/dev/null 2>&1; then \
		$(MAKE) --no-print-directory $(MODEL_OBJ)/clang/random; \
		else rm -f $(MODEL_OBJ)/clang/random; fi

# In the environment, as for check-layers.
check-model model model-mutants: export COMPILE = $(HOSTCC) \
	$(MODEL_KERN_CFLAGS) $(FUZZ_SANITIZE) -fno-sanitize=alignment
check-model model model-mutants: export LINK = $(HOSTCC) $(FUZZ_LDFLAGS) \
	$(FUZZ_SANITIZE)

RUN_MODEL = @$(PYTHON) test/host/model.py $(MODEL_OBJ) \
	$(if $(SEED),--seed $(SEED))

# Takes about a minute.
check-model: model-programs
	$(RUN_MODEL) --seconds 40

# Runs as long as you like: make model SECONDS=3600
model: SECONDS := 600
model: model-programs
	$(RUN_MODEL) --seconds $(SECONDS) --sample 1

# All seeded bugs, or those with ONLY=pattern. SHRINK=1 shows the calls that find
# them.
model-mutants: model-programs
	$(RUN_MODEL) --mutants $(if $(ONLY),--only '$(ONLY)') \
		$(if $(SHRINK),--shrink)

model-coverage: SECONDS := 20
model-coverage: $(MODEL_OBJ)/coverage/random
	$(RUN_MODEL) --seconds $(SECONDS) --coverage
