# Build a course's kern/pmap.c, PMAP, into our kernel. It replaces our kaddr.c,
# physmem.c, page.c and pmap.c. test/solution/ has the headers and functions of
# a course that it needs. init.c calls its mem_init and runs the checks. README.md
# explains the files.

.PHONY: grade-solution check-solution check-solution-sample check-causes \
	solution-kernel
PMAP ?=
# PMAP may contain blanks, at which make would split it. Only the shell expands
# it.
export PMAP

SOLUTION := $(OBJDIR)/solution

grade-solution:
	@[ -n "$$PMAP" ] || { echo 'usage: make grade-solution' \
		'PMAP=path/to/pmap.c' >&2; exit 2; }
	@$(PYTHON) test/grade/grade_solution.py --pmap "$$PMAP" \
		--make '$(MAKE) OBJDIR=$(OBJDIR)' $(GRADE_FLAGS)

# The correct files must pass, and each bug must be blamed on its function.
# ONLY=pattern and SAMPLE=n (with SEED=) choose bugs; SHOW=1 prints the reports.
check: check-solution-sample
check-solution-sample: SAMPLE := 6
check-solution check-solution-sample:
	@$(PYTHON) test/solution/solution_check.py --make '$(MAKE)' --objdir '$(OBJDIR)' \
		$(if $(ONLY),--only '$(ONLY)') $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed '$(SEED)') \
		$(if $(SHOW),--show)

# "first fix X" must be true of pairs of bugs. ONLY=pattern chooses some.
check-causes:
	@$(PYTHON) test/solution/causes_check.py --make '$(MAKE)' --objdir '$(OBJDIR)' \
		$(if $(ONLY),--only '$(ONLY)')

solution-kernel: $(SOLUTION)/kernel.img $(SOLUTION)/kernel.sym

# --- Our files -------------------------------------------------------------

SOLUTION_KERN := entry.S bootmem.S panic.c cpuid.c earlymap.c memsource.c \
	memrange.c vmwalk.c gates.c trapframe.c doublefault.c trap.c \
	trapentry.S nmi.c switch.S kdebug.c \
	$(addprefix dev/,console.c serial.c cga.c kbd.c cmos.c pic.c \
	power.c timer.c fwcfg.c) \
	$(addprefix check/,run.c expect.c guard.c grader.c free_list.c state.c \
	cpu_state.c ram.c page_rules.c scratch_dir.c walk_rules.c \
	insert_rules.c region_rules.c kernel_map.c map_rules.c \
	out_of_memory.c audit.c)
SOLUTION_SRCS := $(SOLUTION_KERN:%=kern/%) lib/cprintf.c lib/printfmt.c \
	lib/string.c \
	$(addprefix test/solution/,init.c printing.c check_solution.c flushes.c \
	right.c neighbours.c nousers.c divide.c mpentry.S)
SOLUTION_OBJS := $(addprefix $(SOLUTION)/,$(addsuffix .o,$(basename $(SOLUTION_SRCS))))
SOLUTION_MARKS := $(addprefix $(SOLUTION)/test/solution/,marks_before.o \
	marks_after.o marks_last.o)

# Headers for the course's files come first.
SOLUTION_CPPFLAGS := -Itest/solution/include -I. -nostdinc \
	-DCHECK=1 -DFOREIGN=1 -DPOISON=0 -DBENCH=0

# Keep the frame pointer in functions without calls, too: a report names their
# caller when they fault.
$(SOLUTION)/lib/string.o: FILE_CFLAGS := -fno-builtin \
	-mno-omit-leaf-frame-pointer

$(SOLUTION)/%.o: %.c $(OBJDIR)/.stamp-cc
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SOLUTION_CPPFLAGS) $(DEP_CFLAGS) $(WARN_CFLAGS) $(CFLAGS) \
		$(FILE_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

$(SOLUTION)/%.o: %.S $(OBJDIR)/.stamp-cc
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SOLUTION_CPPFLAGS) $(DEP_CFLAGS) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

# --- The file under test ---------------------------------------------------

# Unoptimised: each function, static ones too, stays one function with the
# ordinary calling convention, so that checks can call it.
SOLUTION_CFLAGS := $(CFLAGS) -O0 -DJOS_KERNEL
# Room for a jump to another function at the start of each, even an empty one.
SOLUTION_CFLAGS += -falign-functions=16
ifeq ($(CC_IS),gcc)
# Keep functions that nothing in the file calls.
SOLUTION_CFLAGS += -fkeep-static-functions
else
SOLUTION_CFLAGS += -Xclang -femit-all-decls
endif
# Plain `inline` defines a function, as in older compilers.
SOLUTION_CFLAGS += -fgnu89-inline
# Warnings are not errors, even if USER_CFLAGS makes them so. Accept code that
# only newer compilers reject, too.
SOLUTION_CFLAGS += -Wall -Wno-unused -Wno-format -Wno-error \
	-Wno-error=implicit-function-declaration -Wno-error=implicit-int \
	-Wno-error=int-conversion -Wno-error=incompatible-pointer-types

# The symbols that checks and our other files may use. These become global, even
# if they are static; all others become local, so that none collides with ours.
# The checks' references are weak, because the file may lack a symbol.
SOLUTION_PUBLIC := i386_detect_memory npages npages_basemem kern_pgdir pages \
	page_free_list boot_alloc mem_init mem_init_mp page_init page_alloc \
	page_free page_decref pgdir_walk boot_map_region page_insert \
	page_lookup page_remove tlb_invalidate mmio_map_region \
	user_mem_check user_mem_assert
# The symbols that each lab 2 must have.
SOLUTION_REQUIRED := npages kern_pgdir pages mem_init page_init page_alloc \
	page_free page_decref pgdir_walk page_insert page_lookup page_remove \
	tlb_invalidate
# The file's own checks. Unique names let init.c skip them.
SOLUTION_OWN_CHECKS := check_page_free_list check_page_alloc check_page \
	check_kern_pgdir check_page_installed_pgdir check_n_pages \
	check_realloc_npages

# Compile a copy in $(SOLUTION), so that messages and panics call the file
# kern/pmap.c, as its author does. Always copy it, because make cannot depend on
# PMAP. compile.py looks into the file's own tree for what our headers and files
# do not have.
$(SOLUTION)/pmap.o: $(OBJDIR)/.stamp-cc $(SOLUTION_OBJS) FORCE
	@[ -f "$$PMAP" ] || { echo "PMAP: no such file: '$$PMAP'" >&2; \
		exit 1; }
	@printf '  %-8s%s\n' CC "$$PMAP"
	@mkdir -p $(SOLUTION)/kern
	$(Q)$(PYTHON) test/solution/compile.py --out $(SOLUTION) \
		--ld '$(LD)' --nm '$(NM)' $(SOLUTION_OBJS:%=--ours=%) \
		"$$PMAP" -- $(CC) $(SOLUTION_CFLAGS)
	$(Q)$(OBJCOPY) $(SOLUTION_PUBLIC:%=--keep-global-symbol=%) \
		$(foreach c,$(SOLUTION_OWN_CHECKS),--redefine-sym=$(c)=own_$(c)) \
		--redefine-sym=cprintf=foreign_cprintf \
		--redefine-sym=boot_map_segment=boot_map_region \
		$(SOLUTION)/pmap.raw.o $(SOLUTION)/pmap.local.o
	$(Q)$(OBJCOPY) $(SOLUTION_PUBLIC:%=--globalize-symbol=%) \
		$(SOLUTION_OWN_CHECKS:%=--globalize-symbol=own_%) \
		$(SOLUTION)/pmap.local.o $@~
	$(Q)$(NM) $@~ > $(SOLUTION)/pmap.sym
	$(Q)for name in $(SOLUTION_REQUIRED); do \
		grep -q " [A-TV-Z] $$name\$$" $(SOLUTION)/pmap.sym || \
		{ echo "kern/pmap.c: error: $$name is missing"; fail=1; }; \
	done >&2; [ -z "$$fail" ]
	$(Q)mv $@~ $@

# The demands of the file's own text, as constants for the checks.
$(SOLUTION)/facts.o: $(SOLUTION)/pmap.o test/solution/facts.py
	$(Q)$(PYTHON) test/solution/facts.py $(SOLUTION)/kern/pmap.c \
		"$$(dirname "$$PMAP")" > $(SOLUTION)/facts.c
	$(Q)$(CC) $(SOLUTION_CPPFLAGS) $(WARN_CFLAGS) $(CFLAGS) -c -o $@~ \
		$(SOLUTION)/facts.c
	$(Q)$(MOVE)

# --- The kernel ------------------------------------------------------------

# Link twice, as in kern/build.mk, for the table of functions and lines.
SOLUTION_LINK = $(LD) $(LDFLAGS) -T kernel.ld $(SOLUTION_OBJS) \
	$(SOLUTION)/facts.o \
	$(filter %before.o,$(SOLUTION_MARKS)) $(SOLUTION)/pmap.o \
	$(filter-out %before.o,$(SOLUTION_MARKS))

$(SOLUTION)/kernel: $(SOLUTION_OBJS) $(SOLUTION_MARKS) $(SOLUTION)/pmap.o \
		$(SOLUTION)/facts.o \
		$(OBJDIR)/kern/ksyms0.o tools/ksyms kernel.ld \
		$(OBJDIR)/.stamp-ld
	$(call say,LD,$@)
	$(Q)$(SOLUTION_LINK) $(OBJDIR)/kern/ksyms0.o -o $@0
	$(Q)NM='$(NM)' OBJDUMP='$(OBJDUMP)' ADDR2LINE='$(ADDR2LINE)' \
		sh tools/ksyms $@0 > $(SOLUTION)/ksyms.S
	$(Q)$(CC) $(CFLAGS) -c -o $(SOLUTION)/ksyms.o $(SOLUTION)/ksyms.S
	$(Q)$(SOLUTION_LINK) $(SOLUTION)/ksyms.o -o $@~
	$(Q)$(MOVE)

$(SOLUTION)/kernel.sym: $(SOLUTION)/kernel
	$(Q)$(NM) -n $< > $@~
	$(Q)$(MOVE)

$(SOLUTION)/kernel.img: $(OBJDIR)/boot/boot $(SOLUTION)/kernel
	$(call say,IMAGE,$@)
	$(Q)$(OBJCOPY) --strip-all $(SOLUTION)/kernel $(SOLUTION)/kernel.stripped
	$(Q)dd if=/dev/zero of=$@~ bs=512 count=$(IMAGE_SECTORS) 2>/dev/null
	$(Q)dd if=$(OBJDIR)/boot/boot of=$@~ conv=notrunc 2>/dev/null
	$(Q)dd if=$(SOLUTION)/kernel.stripped of=$@~ bs=512 seek=1 \
		conv=notrunc 2>/dev/null
	$(Q)mv $@~ $@

-include $(SOLUTION_OBJS:.o=.d)
