# The boot sector. Its flags differ from the kernel's because its code and data
# must fit 510 bytes.

BOOT_CFLAGS := $(ARCH_CFLAGS) -std=gnu11 -g -gdwarf-4
# The oldest 32-bit processor: a conditional move is longer than a jump.
BOOT_CFLAGS += -march=i386
# Optimise for size only. -Os is enough with gcc, and older ones lack -Oz.
BOOT_CFLAGS += $(if $(filter gcc,$(CC_IS)),-Os,-Oz)
# The loader needs ebp as a register; nothing walks its stack.
BOOT_CFLAGS += -fomit-frame-pointer
# No C library, and addresses are fixed.
BOOT_CFLAGS += -ffreestanding -fno-pic -fno-pie
# Distributions turn these on; they add code, or sections that would go into
# the sector (.eh_frame, .note.gnu.property).
BOOT_CFLAGS += -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-unwind-tables
ifeq ($(CC_IS),gcc)
# gcc aligns esp to 16 at calls by default, which nothing here needs.
BOOT_CFLAGS += -mpreferred-stack-boundary=2
# Keep the branches of a||b: gcc would compute both as numbers, then OR them.
BOOT_CFLAGS += --param=logical-op-non-short-circuit=0
endif
# Warnings as in the rest of the tree. Your other flags are for the kernel: the
# sector has no room for -O0.
BOOT_CFLAGS += $(WARN_CFLAGS) $(filter -W%,$(USER_CFLAGS))

BOOT_OBJS := $(OBJDIR)/boot/boot.o $(OBJDIR)/boot/main.o

# A native GNU ld makes 64-bit files by default.
BOOT_LDFLAGS := -m elf_i386 -nostdlib
# An assembly file without a note would request an executable stack.
BOOT_LDFLAGS += -z noexecstack
# Treat warnings of the linker as errors.
BOOT_LDFLAGS += --fatal-warnings

$(eval $(call stamp,.stamp-boot,$(subst $$,$$$$,$(CC) $(CPPFLAGS) $(BOOT_CFLAGS) $(LD) $(BOOT_LDFLAGS))))

$(BOOT_OBJS): $(OBJDIR)/.stamp-boot

$(OBJDIR)/boot/%.o: boot/%.S
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

$(OBJDIR)/boot/%.o: boot/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@~ $<
	$(Q)$(MOVE_OBJECT)

# boot.S comes first: the BIOS enters at the sector's first byte.
# Courses' texts call the ELF file boot.out.
$(OBJDIR)/boot/boot.out: $(BOOT_OBJS) boot/boot.ld
	$(call say,LD,$@)
	$(Q)$(LD) $(BOOT_LDFLAGS) -T boot/boot.ld -o $@~ $(BOOT_OBJS)
	$(Q)$(MOVE)

# The linker script has put the signature into the last two bytes.
$(OBJDIR)/boot/boot: $(OBJDIR)/boot/boot.out
	$(call say,SECTOR,$@)
	$(Q)$(OBJCOPY) -S -O binary $< $@~
	$(Q)$(MOVE)

# Two sections, because a disassembler cannot see where 16-bit code ends. The
# second spelling is for llvm-objdump.
$(OBJDIR)/boot/boot.asm: $(OBJDIR)/boot/boot.out
	$(call say,ASM,$@)
	$(Q){ $(OBJDUMP) -S -j .real -m i8086 $< 2>/dev/null || \
		$(OBJDUMP) -S -j .real --triple=i386-none-elf-code16 $<; } > $@~
	$(Q)$(OBJDUMP) -S -j .prot $< >> $@~
	$(Q)$(MOVE)

-include $(BOOT_OBJS:.o=.d)
