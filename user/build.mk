# User programs: each user/NAME.c and each user/test/NAME.c is one (with NAME.S
# beside it, if that exists), linked with the library of lib/ and put, stripped,
# into the kernel image. A new file needs no change here.
#
# user/ has demonstrations and the courses' programs, user/test/ the programs
# that only test. Both kinds are run by name, so all are built in obj/user/.

USER_LIB_SRCS := libmain.c panic.c console.c syscall.c cprintf.c printfmt.c \
	readline.c keys.c string.c number.c
USER_LIB_OBJS := $(OBJDIR)/lib/entry.o $(OBJDIR)/lib/syscall_entry.o \
	$(USER_LIB_SRCS:%.c=$(OBJDIR)/lib/%.o)
USER_SRCS := $(wildcard user/*.c user/test/*.c)
USER_NAMES := $(sort $(notdir $(USER_SRCS:.c=)))
USER_PROGRAMS := $(addprefix $(OBJDIR)/user/,$(USER_NAMES))
USER_ASM_SRCS := $(wildcard user/*.S user/test/*.S)
USER_ASM_NAMES := $(notdir $(USER_ASM_SRCS:.S=))

# The empty rule is for the folder that a source is not in: after a move, an
# older build's dependency files still name it there. A program in both folders
# is an error.
USER_ELSEWHERE := $(filter-out $(USER_SRCS) $(USER_ASM_SRCS),$(foreach f,\
	$(notdir $(USER_SRCS) $(USER_ASM_SRCS)),user/$(f) user/test/$(f)))
$(USER_ELSEWHERE):
USER_TWICE := $(filter-out $(notdir $(USER_ELSEWHERE:.c=)),$(USER_NAMES))
ifneq ($(USER_TWICE),)
$(error In both user/ and user/test/: $(USER_TWICE:%=%.c). Rename one, because \
	the monitor runs programs by name)
endif

# Fewer warnings than in the kernel: user programs are examples, and most do not
# use umain's arguments.
#
# A course's divzero.c divides by zero in C, which the compiler may remove. With
# -fnon-call-exceptions, gcc keeps the division; clang needs -O0.
USER_PROG_CFLAGS := -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-prototypes -Wno-strict-prototypes -Wno-old-style-definition \
	$(if $(filter gcc,$(CC_IS)),-fnon-call-exceptions,-O0)

define compile_user
$(OBJDIR)/user/$(basename $(notdir $(1))).o: $(1) $(OBJDIR)/.stamp-cc
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(DEP_CFLAGS) $$(WARN_CFLAGS) $$(CFLAGS) \
		$$(USER_PROG_CFLAGS) -c -o $$@~ $$<
	$$(Q)$$(MOVE_OBJECT)
endef
$(foreach s,$(USER_SRCS),$(eval $(call compile_user,$(s))))

$(OBJDIR)/lib/entry.o $(OBJDIR)/lib/syscall_entry.o: $(OBJDIR)/lib/%.o: \
		lib/%.S $(OBJDIR)/.stamp-cc
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

define assemble_user
$(OBJDIR)/user/$(notdir $(1)).o: $(1) $(OBJDIR)/.stamp-cc
	$$(call say,AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(DEP_CFLAGS) $$(CFLAGS) -c -o $$@~ $$<
	$$(Q)$$(MOVE_OBJECT)
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
		$(OBJDIR)/user/%.name.o $(USER_LIB_OBJS) user/user.ld \
		$(OBJDIR)/.stamp-ld
	$(call say,LD,$@)
	$(Q)$(LD) -nostdlib -n --gc-sections -z noexecstack -T user/user.ld \
		$(filter %.o,$^) -o $@~
	$(Q)$(MOVE)

$(USER_PROGRAMS:%=%.asm): %.asm: %
	$(Q)$(OBJDUMP) -S $< > $@~
	$(Q)$(MOVE)

$(USER_PROGRAMS:%=%.sym): %.sym: %
	$(Q)$(NM) -n $< > $@~
	$(Q)$(MOVE)

$(OBJDIR)/user/%.stripped: $(OBJDIR)/user/%
	$(Q)$(OBJCOPY) --strip-all $< $@~
	$(Q)$(MOVE)

# Functions and lines, for backtraces and fault reports.
$(OBJDIR)/user/%.syms.S: $(OBJDIR)/user/% tools/ksyms
	$(Q)NM='$(NM)' OBJDUMP='$(OBJDUMP)' ADDR2LINE='$(ADDR2LINE)' \
		TABLE='"symbols_$*"' SECTION=.rodata.syms sh tools/ksyms $< > $@~
	$(Q)$(MOVE)

$(OBJDIR)/user/%.syms.o: $(OBJDIR)/user/%.syms.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

# The table of programs for kern/program.c: an array of struct program, ending
# with one of zeroes. Symbols are quoted, because a program's name may not be a C
# name.
$(eval $(call stamp,.stamp-programs,$(USER_NAMES)))
$(OBJDIR)/user/programs.S: $(USER_PROGRAMS:%=%.stripped) user/build.mk \
		$(OBJDIR)/.stamp-programs
	@mkdir -p $(@D)
	$(Q){ printf '\t.section .rodata.programs, "a"\n'; \
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

USER_KERN_OBJS := $(OBJDIR)/user/programs.o $(USER_PROGRAMS:%=%.syms.o)

$(OBJDIR)/user/programs.o: $(OBJDIR)/user/programs.S
	$(Q)$(CC) $(CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE)

.PRECIOUS: $(foreach p,$(USER_PROGRAMS),$(p).o $(p).name.S $(p).name.o \
	$(p).stripped $(p).syms.S $(p).syms.o)
-include $(USER_NAMES:%=$(OBJDIR)/user/%.d) \
	$(USER_ASM_NAMES:%=$(OBJDIR)/user/%.S.d) $(USER_LIB_OBJS:.o=.d)
