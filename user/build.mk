# User programs: each user/NAME.c and each user/test/NAME.c is one (with NAME.S
# beside it, if that exists), linked with the library of lib/ and put, stripped,
# into the kernel image. A new file needs no change here.
#
# user/ has demonstrations and the courses' programs, user/test/ the programs
# that only test. Both kinds are run by name, so all are built in obj/user/.
#
# A course's whole folder may be copied into user/, with programs of later labs.
# So a program that does not compile or link costs no other one: the kernel is
# built without it, and report-programs lists it at the end of make's output.

USER_LIB_SRCS := libmain.c exit.c panic.c console.c syscall.c cprintf.c \
	printfmt.c readline.c keys.c string.c number.c int64.c pgfault.c fork.c \
	fork_pages.c ipc.c wait.c
# A course's upcall is in lib/pfentry.S: if that is there, it replaces ours.
UPCALL := $(if $(wildcard lib/pfentry.S),pfentry,pgfault_entry)
USER_LIB_ASM_OBJS := $(addprefix $(OBJDIR)/lib/,entry.o syscall_entry.o \
	$(UPCALL).o)
USER_LIB_OBJS := $(USER_LIB_ASM_OBJS) $(USER_LIB_SRCS:%.c=$(OBJDIR)/lib/%.o)

# make, the shell and the monitor share few characters: leave out files with
# others in their names.
USER_ODD := LC_ALL=C; for f in user/*.c user/test/*.c; do [ ! -f "$$f" ] || \
	case $$f in *[!A-Za-z0-9_.+/-]*) odd "$$f" ;; *) even $$f ;; esac; done
USER_SRCS := $(shell odd() { :; }; even() { echo $$1; }; $(USER_ODD))
# Of two programs with one name, leave out that of user/test/.
USER_HIDDEN := $(foreach f,$(notdir $(filter-out user/test/%,$(USER_SRCS))),\
	$(filter user/test/$(f),$(USER_SRCS)))
USER_SRCS := $(filter-out $(USER_HIDDEN),$(USER_SRCS))
USER_NAMES := $(sort $(notdir $(USER_SRCS:.c=)))
USER_PROGRAMS := $(addprefix $(OBJDIR)/user/,$(USER_NAMES))
USER_ASM_SRCS := $(wildcard $(USER_SRCS:.c=.S))
USER_ASM_NAMES := $(notdir $(USER_ASM_SRCS:.S=))

# The empty rule is for the folder that a source is not in: after a move, an
# older build's dependency files still name it there.
USER_ELSEWHERE := $(filter-out $(USER_SRCS) $(USER_ASM_SRCS),$(foreach f,\
	$(notdir $(USER_SRCS) $(USER_ASM_SRCS)),user/$(f) user/test/$(f)))
$(USER_ELSEWHERE):

# CHECK, POISON and BENCH are the kernel's: programs may define their own.
PROG_CPPFLAGS := -I. -nostdinc $(GIVEN_CPPFLAGS)

# The courses' handouts compile with -Wall -Wno-format -Wno-unused. Leave out,
# too, what newer compilers have added to -Wall, and what is only style; and keep
# as warnings what gcc 14 and clang 16 made errors.
PROG_WARN_CFLAGS := -Wall -Wno-format -Wno-unused \
	-Wno-address-of-packed-member -Wno-array-bounds -Wno-char-subscripts \
	-Wno-infinite-recursion -Wno-main -Wno-misleading-indentation \
	-Wno-pointer-sign $(addprefix -Wno-error=,implicit-function-declaration \
	implicit-int incompatible-pointer-types int-conversion)
ifeq ($(CC_IS),gcc)
PROG_WARN_CFLAGS += -Wno-array-compare -Wno-dangling-pointer \
	-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread \
	-Wno-stringop-truncation
else
PROG_WARN_CFLAGS += -Wno-unknown-warning-option -Wno-null-dereference \
	-Wno-deprecated-non-prototype -Wno-gnu-designator \
	-Wno-parentheses-equality -Wno-self-assign -Wno-tautological-compare
endif

# A course's divzero.c divides by zero in C, which the compiler may remove. With
# -fnon-call-exceptions, gcc keeps the division; clang needs -O0.
PROG_CFLAGS := $(filter-out -msoft-float,$(CFLAGS)) \
	$(if $(filter gcc,$(CC_IS)),-fnon-call-exceptions,-O0)
# double is the x87 unit's: kern/fpu.c saves its registers for each environment.
# Library functions leave no errno, so that __builtin_sqrt is an instruction.
PROG_CFLAGS += -fno-math-errno

$(eval $(call stamp,.stamp-programs-cc,$(subst $$,$$$$,$(CC) $(PROG_CPPFLAGS) \
	$(PROG_CFLAGS) $(PROG_WARN_CFLAGS))))

# $(call attempt,COMMAND,MOVE): run COMMAND, which writes $@~, then MOVE. If
# COMMAND fails, leave an empty $@, and $@.failed, which makes the next make try
# again; $@ is not touched then, so that nothing else is rebuilt. Fail only if
# you asked for this program by its name, or if you interrupted COMMAND
# (signals 1, 2, 3, 15; a compiler may crash by others).
attempt = status=0; { $(1); } || status=$$?; \
	if [ $$status = 0 ]; then $(2) && rm -f '$@.failed'; \
	elif { [ $$status -gt 128 ] && [ $$status -lt 132 ]; } || \
		[ $$status = 143 ]; then exit $$status; \
	else rm -f '$@~'; [ -e '$@.failed' ] || : > '$@'; : > '$@.failed'; \
	$(if $(filter $@,$(MAKECMDGOALS)),exit 1,:); fi
$(patsubst %.failed,%,$(wildcard $(OBJDIR)/user/*.failed)): FORCE

define compile_user
$(OBJDIR)/user/$(basename $(notdir $(1))).o: $(1) $(OBJDIR)/.stamp-programs-cc
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(call attempt,$$(CC) $$(PROG_CPPFLAGS) $$(DEP_CFLAGS) \
		$$(PROG_CFLAGS) $$(PROG_WARN_CFLAGS) -c -o $$@~ $$<,\
		$$(MOVE_OBJECT))
endef
$(foreach s,$(USER_SRCS),$(eval $(call compile_user,$(s))))

$(USER_LIB_ASM_OBJS): $(OBJDIR)/lib/%.o: \
		lib/%.S $(OBJDIR)/.stamp-cc
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

define assemble_user
$(OBJDIR)/user/$(notdir $(1)).o: $(1) $(OBJDIR)/.stamp-programs-cc
	$$(call say,AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(call attempt,$$(CC) $$(PROG_CPPFLAGS) $$(DEP_CFLAGS) \
		$$(CFLAGS) -c -o $$@~ $$<,$$(MOVE_OBJECT))
endef
$(foreach s,$(USER_ASM_SRCS),$(eval $(call assemble_user,$(s))))

$(USER_ASM_NAMES:%=$(OBJDIR)/user/%): $(OBJDIR)/user/%: $(OBJDIR)/user/%.S.o

# The program's name, for binaryname.
$(OBJDIR)/user/%.name.S: user/build.mk
	@mkdir -p $(@D)
	$(Q)printf '%s\n' '	.section .rodata' '	.globl program_name' \
		'program_name: .asciz "$*"' \
		'	.section .note.GNU-stack, "", @progbits' > $@~
	$(Q)$(MOVE)

$(OBJDIR)/user/%.name.o: $(OBJDIR)/user/%.name.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

# -n: no padding between segments in the file, which is loaded by copying.
# --gc-sections: only the library's files that the program calls.
$(USER_PROGRAMS): $(OBJDIR)/user/%: $(OBJDIR)/user/%.o \
		$(OBJDIR)/user/%.name.o $(USER_LIB_OBJS) lib/user.ld \
		$(OBJDIR)/.stamp-ld
	$(call say,LD,$@)
	$(Q)$(call attempt,$(foreach o,$(filter %.o,$^),[ -s '$(o)' ] &&) \
		$(LD) -nostdlib -n --gc-sections -z noexecstack -T lib/user.ld \
		$(filter %.o,$^) $(if $(BUILTINS),'$(BUILTINS)') -o $@~,$(MOVE))

# A program that was not built is an empty file, and so is what is made of it.
$(USER_PROGRAMS:%=%.asm): %.asm: %
	$(Q){ [ ! -s $< ] || $(OBJDUMP) -S $<; } > $@~
	$(Q)$(MOVE)

$(USER_PROGRAMS:%=%.sym): %.sym: %
	$(Q){ [ ! -s $< ] || $(NM) -n $<; } > $@~
	$(Q)$(MOVE)

$(OBJDIR)/user/%.stripped: $(OBJDIR)/user/%
	$(Q)if [ -s $< ]; then $(OBJCOPY) --strip-all $< $@~; else : > $@~; fi
	$(Q)$(MOVE)

# Functions and lines, for backtraces and fault reports.
$(OBJDIR)/user/%.syms.S: $(OBJDIR)/user/% tools/ksyms
	$(Q)NM='$(NM)' OBJDUMP='$(OBJDUMP)' ADDR2LINE='$(ADDR2LINE)' \
		TABLE='"symbols_$*"' SECTION=.programs \
		sh tools/ksyms $$([ ! -s $< ] || echo $<) > $@~
	$(Q)$(MOVE)

$(OBJDIR)/user/%.syms.o: $(OBJDIR)/user/%.syms.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

# The table of programs for kern/program.c: an array of struct program, ending
# with one of zeroes. One that was not built has no bytes. Symbols are quoted,
# because a program's name may not be a C name; but it has no @, as this file has.
$(eval $(call stamp,.stamp-programs,$(USER_NAMES)))
$(OBJDIR)/user/@programs.S: $(USER_PROGRAMS:%=%.stripped) user/build.mk \
		$(OBJDIR)/.stamp-programs
	@mkdir -p $(@D)
	$(Q){ printf '\t.section .programs, "a"\n'; \
		for p in $(USER_NAMES); do \
			printf '\t.balign 4\n"file_%s":\t.incbin "%s"\n' \
				$$p '$(OBJDIR)'/user/$$p.stripped; \
			printf '"end_%s":\n"name_%s":\t.asciz "%s"\n' \
				$$p $$p $$p; \
		done; \
		printf '\t.balign 4\n\t.globl programs\nprograms:\n'; \
		for p in $(USER_NAMES); do \
			printf '\t.long "name_%s", "file_%s", "end_%s", "symbols_%s"\n' \
				$$p $$p $$p $$p; \
		done; \
		printf '\t.long 0, 0, 0, 0\n'; \
		printf '\t.section .note.GNU-stack, "", @progbits\n'; } > $@~
	$(Q)$(MOVE)

USER_KERN_OBJS := $(OBJDIR)/user/@programs.o $(USER_PROGRAMS:%=%.syms.o)

$(OBJDIR)/user/@programs.o: $(OBJDIR)/user/@programs.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

# Say at the end which programs the kernel lacks, and why. That is no failure of
# make, because the kernel works; it is one if you boot into such a program.
.PHONY: report-programs
all: report-programs
report-programs: $(OBJDIR)/kern/kernel.img $(OBJDIR)/kern/kernel.asm
	@odd() { echo "*** $$1 is left out: a program's name has letters," \
		"digits and . _ + - only. Rename it." >&2; }; even() { :; }; $(USER_ODD)
	@for f in $(USER_HIDDEN); do echo "*** $$f is left out, because" \
		"user/$${f##*/} has the same name." >&2; done
	@lost=; for p in $(USER_NAMES); do \
		[ -s $(OBJDIR)/user/$$p ] || lost="$$lost $$p"; done; \
	[ -z "$$lost" ] || { echo "*** Not built, and so not in the kernel:$$lost." \
		'Their errors are above.' >&2; \
		for p in $(patsubst -DTEST=user_%,%,$(filter -DTEST=user_%,\
			$(INIT_CFLAGS))); do case "$$lost " in *" $$p "*) \
		echo "*** $$p cannot run." >&2; exit 1 ;; esac; done; }

.PRECIOUS: $(foreach p,$(USER_PROGRAMS),$(p).o $(p).name.S $(p).name.o \
	$(p).stripped $(p).syms.S $(p).syms.o)
-include $(USER_NAMES:%=$(OBJDIR)/user/%.d) \
	$(USER_ASM_NAMES:%=$(OBJDIR)/user/%.S.d) $(USER_LIB_OBJS:.o=.d)
