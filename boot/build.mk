# The boot sector. What follows differs from the kernel's flags because all of
# it, code and data, has to fit 510 bytes.

BOOT_CFLAGS := $(ARCH_CFLAGS) -std=gnu11 -g -gdwarf-4
# The oldest 32-bit processor: a conditional move takes more room than a jump.
BOOT_CFLAGS += -march=i386
# Size, and nothing but size. gcc's -Os is enough, and older ones know no -Oz.
BOOT_CFLAGS += $(if $(filter gcc,$(CC_IS)),-Os,-Oz)
# ebp is one register more for the loader; nobody walks its stack.
BOOT_CFLAGS += -fomit-frame-pointer
# No C library, and addresses are fixed.
BOOT_CFLAGS += -ffreestanding -fno-pic -fno-pie
# What distributions turn on for user programs: code, or sections that would
# land in the sector (.eh_frame, .note.gnu.property).
BOOT_CFLAGS += -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-unwind-tables
ifeq ($(CC_IS),gcc)
# Else gcc keeps esp a multiple of 16 at calls, which nothing here needs.
BOOT_CFLAGS += -mpreferred-stack-boundary=2
# Keeps the branches of a||b: gcc would compute both as numbers, then or them.
BOOT_CFLAGS += --param=logical-op-non-short-circuit=0
endif
# Warnings as in the rest of the tree. Other flags of the user are for the
# kernel: the sector has no room for -O0.
BOOT_CFLAGS += $(WARN_CFLAGS) $(filter -W%,$(USER_CFLAGS))

BOOT_OBJS := $(OBJDIR)/boot/boot.o $(OBJDIR)/boot/main.o

# A native GNU ld makes 64-bit files unless told; the others do not mind.
BOOT_LDFLAGS := -m elf_i386 -nostdlib
# An assembly file without a note would ask for an executable stack.
BOOT_LDFLAGS += -z noexecstack
# A warning of the linker is a mistake here.
BOOT_LDFLAGS += --fatal-warnings

$(eval $(call stamp,.stamp-boot,$(subst $$,$$$$,$(CC) $(CPPFLAGS) $(BOOT_CFLAGS) $(LD) $(BOOT_LDFLAGS))))

$(BOOT_OBJS): $(OBJDIR)/.stamp-boot

$(OBJDIR)/boot/%.o: boot/%.S
	@mkdir -p $(@D)
	$(call say,AS,$@)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@ $<

$(OBJDIR)/boot/%.o: boot/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@ $<

# boot.S comes first: the BIOS enters at the sector's first byte.
$(OBJDIR)/boot/boot.elf: $(BOOT_OBJS) boot/boot.ld
	$(call say,LD,$@)
	$(Q)$(LD) $(BOOT_LDFLAGS) -T boot/boot.ld -o $@ $(BOOT_OBJS)

# The linker script has put the mark into the last two bytes.
$(OBJDIR)/boot/boot: $(OBJDIR)/boot/boot.elf
	$(call say,SECTOR,$@)
	$(Q)$(OBJCOPY) -S -O binary $< $@

# Two sections, for a disassembler cannot see where 16-bit code ends. The second
# spelling is llvm-objdump's.
$(OBJDIR)/boot/boot.asm: $(OBJDIR)/boot/boot.elf
	$(call say,ASM,$@)
	$(Q){ $(OBJDUMP) -S -j .real -m i8086 $< 2>/dev/null || \
		$(OBJDUMP) -S -j .real --triple=i386-none-elf-code16 $<; } > $@
	$(Q)$(OBJDUMP) -S -j .prot $< >> $@

-include $(BOOT_OBJS:.o=.d)
