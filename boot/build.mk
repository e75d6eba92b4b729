# The boot sector: 16- and 32-bit code in one sector of 512 bytes.

BOOT_CFLAGS := $(ARCH_CFLAGS) -std=gnu11 -g -gdwarf-4 -ffreestanding \
	-fno-pic -fno-pie -fno-stack-protector -fomit-frame-pointer \
	-fno-asynchronous-unwind-tables -fcf-protection=none \
	$(if $(filter gcc,$(CC_IS)),-Os -mpreferred-stack-boundary=2,-Oz)

$(OBJDIR)/boot/%.o: boot/%.S $(OBJDIR)/.stamp-cc
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@ $<
$(OBJDIR)/boot/%.o: boot/%.c $(OBJDIR)/.stamp-cc
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(DEP_CFLAGS) $(BOOT_CFLAGS) -c -o $@ $<
$(OBJDIR)/boot/boot.elf: $(OBJDIR)/boot/boot.o $(OBJDIR)/boot/main.o boot/boot.ld
	$(Q)$(LD) -nostdlib -z noexecstack --no-warn-rwx-segments -T boot/boot.ld -o $@ $(OBJDIR)/boot/boot.o $(OBJDIR)/boot/main.o
$(OBJDIR)/boot/boot: $(OBJDIR)/boot/boot.elf
	$(Q)$(OBJCOPY) -O binary $< $@~
	$(Q)dd if=/dev/zero of=$@ bs=512 count=1 2>/dev/null; dd if=$@~ of=$@ conv=notrunc 2>/dev/null; printf '\125\252' | dd of=$@ bs=1 seek=510 conv=notrunc 2>/dev/null
$(OBJDIR)/boot/boot.asm: $(OBJDIR)/boot/boot.elf
	$(Q)$(OBJDUMP) -S $< > $@
